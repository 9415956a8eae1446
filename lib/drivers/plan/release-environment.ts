import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext, ServicePlace } from "../driver";
import { homeDirectory, releaseLayout } from "../release-layout";
import { PlanSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import type { Plan } from "./plan";

/**
 * The whole environment of a release, later values winning: the host's, the defaults of its language, Landfall's, and the
 * service's own. Whatever starts the release sets PORT.
 */
export async function releaseEnvironment(ctx: ReleaseContext, plan: Plan): Promise<Record<string, string>> {
  const { directory, given } = await hostEnvironment(ctx);
  const { runtime } = settingsOf(PlanSettings, ctx);
  return {
    ...given,
    PATH: [
      ...[`${directory}/node_modules/.bin`, `${directory}/.venv/bin`],
      ...(runtime === undefined ? [] : [runtime]),
      given.PATH ?? "",
    ].join(":"),
    ...plan.environment,
    LANDFALL_SERVICE: ctx.serviceName,
    LANDFALL_RELEASE: ctx.release.id,
    ...revealAll(ctx.environment),
  };
}

/** Writes the environment to a file of mode 0600 and creates the service's home. Answers the file's path. */
export async function writeEnvironment(ctx: ReleaseContext, plan: Plan): Promise<string> {
  const { environment: file } = releaseLayout(ctx, ctx.release.id);
  await ctx.host.makeDirectory(homeDirectory(ctx));
  await ctx.host.writeFile(file, JSON.stringify(await releaseEnvironment(ctx, plan)), { mode: 0o600 });
  return file;
}

/** Arguments: paths. Prints the user id, the paths without links, settings of pip and npm, then the environment of commands. */
const READ = `
printf '%s\\0' "$(id -u)"
for path; do printf '%s\\0' "$(readlink -m -- "$path")"; done
for file in "\${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf" "$HOME/.pip/pip.conf" "$HOME/.npmrc"; do
  [ ! -f "$file" ] || printf '%s=%s\\0' "\${file##*/}" "$(cat -- "$file")"
done
exec env -0
`;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

export async function readEnvironment(place: ServicePlace, releaseId: string): Promise<Record<string, string>> {
  const content = await place.host.readFile(releaseLayout(place, releaseId).environment);
  return JSON.parse(content.toString("utf8")) as Record<string, string>;
}

/**
 * The environment of commands on this host, with the service's own home. Values may contain line ends, so NUL separates
 * them. Where commands run as root, the service is another user, so variables about root are replaced or dropped. A
 * member's service gets no address that contains a password (of a proxy, of a package index).
 */
async function hostEnvironment(ctx: ReleaseContext): Promise<{ directory: string; given: Record<string, string> }> {
  const { host, signal, serviceName } = ctx;
  const paths = [releaseLayout(ctx, ctx.release.id).directory, homeDirectory(ctx)];
  const { stdout } = await host.run({ args: ["sh", "-c", READ, "sh", ...paths] }, { signal });
  const [userId, directory = "", home = "", ...pairs] = stdout.split("\0").filter(Boolean);
  const dropped = new Set(["PWD", "OLDPWD", "SHLVL", "_", ...(userId === "0" ? ["TMPDIR"] : [])]);
  const entries = pairs.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]);
  const isTold = ([name, value]: [string, string]) =>
    IDENTIFIER.test(name) && !dropped.has(name) && !(ctx.isConfined && HOLDS_PASSWORD.test(value));
  const given = Object.fromEntries(entries.filter(isTold));
  const files = new Map(entries);
  const sources = packageSources(files.get("pip.conf") ?? "", files.get(".npmrc") ?? "");
  const own: Record<string, string> = userId === "0" ? { USER: serviceName, LOGNAME: serviceName } : {};
  return { directory, given: { ...sources, ...given, ...own, HOME: home } };
}

/** An address with credentials in it. */
export const HOLDS_PASSWORD = /\/\/[^/\s]*@/;

/**
 * The package indexes that the host's administrator configured for pip and npm, in the home of Landfall's user. A service
 * has its own home and would not find them. Addresses with a password are not passed on, because builds run code of the
 * source.
 */
export function packageSources(pipConf: string, npmrc: string): Record<string, string> {
  const pip = iniValues(pipConf);
  const npm = iniValues(npmrc);
  const found = [
    ...["index-url", "extra-index-url", "find-links", "trusted-host"].map((name) => [
      `PIP_${name.replaceAll("-", "_").toUpperCase()}`,
      pip.get(`install.${name}`) ?? pip.get(`global.${name}`),
    ]),
    ["npm_config_registry", npm.get(".registry")],
  ];
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && !HOLDS_PASSWORD.test(value)));
}

/** Values by section and name. The lines of a multi-line value are joined with spaces. */
function iniValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  let last = "";
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^\s#;[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const isMore = last !== "" && /^\s+\S/.test(line);
    if (name !== "") last = `${section}.${name}`;
    if (name !== "") values.set(last, value);
    else if (isMore) values.set(last, `${values.get(last)} ${line.trim()}`.trim());
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
  }
  return values;
}
