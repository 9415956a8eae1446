import type { Host } from "@/lib/hosts/host";
import type { ReleaseContext, ServicePlace } from "../driver";
import { releaseLayout } from "../release-layout";
import type { Plan } from "./detect";

/**
 * The whole environment of a release: what the host gives every command, what fits its language, what Landfall says,
 * and above those the service's own values. PORT is for the one who starts it to set.
 */
export async function releaseEnvironment(ctx: ReleaseContext, plan: Plan): Promise<Record<string, string>> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  const given = await hostEnvironment(ctx.host, ctx.signal);
  return {
    ...given,
    PATH: `${directory}/node_modules/.bin:${directory}/.venv/bin:${given.PATH ?? ""}`,
    ...plan.environment,
    LANDFALL_SERVICE: ctx.serviceName,
    LANDFALL_RELEASE: ctx.release.id,
    ...ctx.environment,
  };
}

/** As a file of mode 0600; answers where it is. */
export async function writeEnvironment(ctx: ReleaseContext, plan: Plan): Promise<string> {
  const { environment: file } = releaseLayout(ctx, ctx.release.id);
  await ctx.host.writeFile(file, JSON.stringify(await releaseEnvironment(ctx, plan)), { mode: 0o600 });
  return file;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

export async function readEnvironment(place: ServicePlace, releaseId: string): Promise<Record<string, string>> {
  const content = await place.host.readFile(releaseLayout(place, releaseId).environment);
  return JSON.parse(content.toString("utf8")) as Record<string, string>;
}

/** What commands on this host get; values may hold line ends, so they are separated by NUL. */
async function hostEnvironment(host: Host, signal: AbortSignal): Promise<Record<string, string>> {
  const { stdout } = await host.run({ args: ["env", "-0"] }, { signal });
  const pairs = stdout.split("\0").filter(Boolean);
  const own = new Set(["PWD", "OLDPWD", "SHLVL", "_"]);
  const entries = pairs.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]);
  return Object.fromEntries(entries.filter(([name]) => IDENTIFIER.test(name) && !own.has(name)));
}
