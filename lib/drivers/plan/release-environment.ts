import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext, ServicePlace } from "../driver";
import { homeDirectory, releaseLayout } from "../release-layout";
import { PlanSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import type { Plan } from "./plan";

/**
 * The whole environment of a release: what the host gives every command, what fits its language, what Landfall says,
 * and above those the service's own values. PORT is for the one who starts it to set.
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

/** As a file of mode 0600, beside a home that is there; answers where the file is. */
export async function writeEnvironment(ctx: ReleaseContext, plan: Plan): Promise<string> {
  const { environment: file } = releaseLayout(ctx, ctx.release.id);
  await ctx.host.makeDirectory(homeDirectory(ctx));
  await ctx.host.writeFile(file, JSON.stringify(await releaseEnvironment(ctx, plan)), { mode: 0o600 });
  return file;
}

/** Arguments: paths, to be told without links. First comes the user, then those, settings of pip and npm, what commands get. */
const LOOK = `
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
 * What commands on this host get, with a home of the service's own; values may hold line ends, so they are separated by
 * NUL. Where commands are root's, the service is another user: nothing tells it that it is root, or to write where root
 * does. What a member deploys is told no address that holds a password (of a proxy, of an index of packages).
 */
async function hostEnvironment(ctx: ReleaseContext): Promise<{ directory: string; given: Record<string, string> }> {
  const { host, signal, serviceName } = ctx;
  const paths = [releaseLayout(ctx, ctx.release.id).directory, homeDirectory(ctx)];
  const { stdout } = await host.run({ args: ["sh", "-c", LOOK, "sh", ...paths] }, { signal });
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

/** An address with a sign-in in it. */
export const HOLDS_PASSWORD = /\/\/[^/\s]*@/;

/**
 * Where packages come from, as the person who runs the host has told pip and npm in the home of the user that Landfall is
 * there. A service has a home of its own and would not find it. Nothing that holds a password is passed on: builds run
 * what their source says.
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

/** By section and name; of a value over several lines, the lines with spaces in between. */
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
