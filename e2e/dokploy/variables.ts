import { parse } from "dotenv";

/**
 * The containers' variables from an application's text. Throws the error that the server logs for a broken reference.
 * @param known the project's and the environment's own texts, which `${{project.X}}` and `${{environment.X}}` name
 */
export function resolveVariables(
  text: string | null,
  known: { project: string; environment: string },
): Record<string, string> {
  const own = parse(text ?? "");
  const shared = { project: parse(known.project), environment: parse(known.environment) };
  const resolve = (value: string) =>
    value.replaceAll(/\$\{\{(.*?)\}\}/g, (_, reference: string) => {
      const name = reference.trim();
      const found = lookUp(name, shared, own);
      if (found === undefined) throw new Error(complaint(name));
      return found;
    });
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, resolve(value)]));
}

type Variables = Record<string, string>;

function lookUp(name: string, shared: { project: Variables; environment: Variables }, own: Variables) {
  const [, scope, inner = ""] = /^(project|environment)\.(.+)$/.exec(name) ?? [];
  if (scope === "project" || scope === "environment") return shared[scope][inner];
  return own[name];
}

function complaint(name: string): string {
  const scope = /^(project|environment)\./.exec(name)?.[1];
  return scope ? `Invalid ${scope} environment variable: ${name}` : `Invalid service environment variable: ${name}`;
}
