import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext, ReleaseContext, ServicePlace } from "../driver";
import type { Cage, Enter } from "../plan/release-source";
import { releaseLayout } from "../release-layout";
import { asNobody, endAllOf, inCage } from "./supervisor/cage";

const enter: Enter = (ctx: ReleaseContext, args) => inCage(ctx, releaseLayout(ctx, ctx.release.id).directory, args);

/** Runs commands as the service's own user where Landfall is root, else as Landfall's user (supervisor/cage.ts). */
export const processCage: Cage = { look: enter, build: enter, nobody: asNobody };

/** Argument: the base directory. Prints why services cannot have their own users. */
const CHECK = `
holder=$(readlink -m -- "$1")
holder=\${holder%/*}
[ "$(id -u)" = 0 ] || { echo not-root; exit; }
for tool in setpriv flock stat; do command -v "$tool" >/dev/null || { echo "missing $tool"; exit; }; done
user=65534
can_enter() { setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all --no-new-privs -- test -x "$1"; }
while [ ! -d "$holder/" ]; do holder=\${holder%/*}; done
can_enter "$holder/" || if can_enter /; then echo "closed $holder"; else echo "missing setpriv"; fi
`;

/**
 * Checks that services can have their own users here. Throws `tool-missing` or `base-unusable`. Where Landfall is not root
 * they cannot, and only administrators may deploy (lib/contracts/grants.ts).
 */
export async function checkCage(ctx: PhaseContext): Promise<void> {
  const { stdout } = await ctx.host.run({ args: ["sh", "-c", CHECK, "sh", ctx.base] }, { signal: ctx.signal });
  const [what, name = ""] = stdout.trim().split(/ (.*)/s);
  if (what === "missing") throw new Problem("tool-missing", { params: { tool: name } });
  if (what === "closed")
    throw new Problem("base-unusable", { params: { folder: ctx.base }, detail: `services may not enter ${name}` });
}

/** Ends the remaining processes of the service. Succeeds when there are none. */
export async function endAll({ host, base, serviceName }: ServicePlace, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await host.run({ args: endAllOf({ base, serviceName }) }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "kill" }, detail: stderr.trim() });
}
