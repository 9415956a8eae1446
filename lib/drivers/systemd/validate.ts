import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkDisk } from "../phases/validate-host";
import { validatePlan } from "../plan/validate-plan";
import { bytes } from "../quantity";
import { checkPublicWay } from "../running/validate";
import { settingsOf } from "../settings-of";
import { isExpressible } from "../unit-syntax";
import { SystemdSettings } from "./settings";

/** Older ones do not know every setting of the unit. */
const MIN_VERSION = 247;
/** Linux takes no longer string, its end included. */
const MAX_VARIABLE_BYTES = 131_072;

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    const settings = settingsOf(SystemdSettings, ctx);
    checkEnvironment(ctx);
    checkVolumes(ctx);
    const { tools, start } = await validatePlan(ctx, settings);
    if (!isExpressible(start)) throw invalid("start", "the start command holds characters that systemd does not take");
    await checkSystemd(ctx, settings, tools);
    const free = await checkDisk(ctx);
    await checkPublicWay(ctx);
    return { detail: `port ${ctx.spec.port}, ${bytes(free)} free` };
  },
};

function checkEnvironment({ environment }: PhaseContext): void {
  for (const [name, value] of Object.entries(environment)) {
    const field = `environment.${name}`;
    if (!isExpressible(value)) throw invalid(field, `${name} holds characters that systemd does not take`);
    if (Buffer.byteLength(`${name}=${value}`) >= MAX_VARIABLE_BYTES) throw invalid(field, `${name} is too long`);
  }
}

function checkVolumes({ spec }: PhaseContext): void {
  for (const { name, path } of spec.volumes)
    if (!isExpressible(path) || /\p{Cc}/u.test(path) || path === "/")
      throw invalid(`volumes.${name}`, `the service cannot see ${name} at ${JSON.stringify(path)}`);
}

/**
 * Arguments: the directory that holds the base, the user (empty: one of the service's own), tools. Prints what is wrong
 * or `version <n>`. Home directories are hidden from services, but for what is theirs.
 */
const LOOK = `
set -eu
holder=$1 user=$2
shift 2
[ -d /run/systemd/system ] || { echo no-systemd; exit; }
[ "$(id -u)" = 0 ] || { echo not-root; exit; }
ids='--reuid=65534 --regid=65534 --clear-groups'
if [ -n "$user" ]; then
  uid=$(id -u -- "$user" 2>/dev/null) || { echo no-user; exit; }
  ids="--reuid=$uid --regid=$(id -g -- "$user") --init-groups"
fi
while ! [ -d "$holder" ]; do holder=$(dirname -- "$holder"); done
case $holder/ in
  /home/* | /root/* | /run/user/*) ;;
  *) setpriv $ids -- test -x "$holder" || { echo "unreachable $holder"; exit; } ;;
esac
for tool; do
  path=$(readlink -f -- "$(command -v -- "$tool")")
  case $path in /home/* | /root/*) echo "hidden $path"; exit ;; esac
done
systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/version \\1/p'
`;

async function checkSystemd(ctx: PhaseContext, { user = "" }: SystemdSettings, tools: string[]): Promise<void> {
  const args = ["sh", "-c", LOOK, "sh", dirname(ctx.base), user, ...tools] as const;
  const { stdout, stderr } = await ctx.host.run({ args }, { signal: ctx.signal });
  const said = stdout.trim();
  const what = said.slice(said.indexOf(" ") + 1);
  if (said.startsWith("version") && Number(what) >= MIN_VERSION) return;
  throw (
    refusal(said, what, user) ?? new Problem("tool-missing", { params: { tool: "systemd" }, detail: stderr.trim() })
  );
}

function refusal(said: string, what: string, user: string): Problem | null {
  switch (said.split(" ")[0]) {
    case "version":
      return new Problem("tool-missing", {
        params: { tool: `systemd ${MIN_VERSION}` },
        detail: `it is systemd ${what}`,
      });
    case "not-root":
      return new Problem("command-failed", { params: { command: "systemctl" }, detail: "it takes root to make units" });
    case "no-user":
      return invalid("user", `there is no user ${user} on the host`);
    case "unreachable":
      return invalid("user", `the service's user may not enter ${what}`);
    case "hidden":
      return invalid("start", `${what} is in a home directory, where a service cannot see it`);
    default:
      return null;
  }
}

function invalid(field: string, detail: string): Problem {
  return new Problem("settings-invalid", { params: { field }, detail });
}
