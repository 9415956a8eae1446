import { dirname, posix } from "node:path";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkRoute } from "../lifecycle/start-stop";
import { checkDisk } from "../phases/validate-host";
import { validatePlan } from "../plan/validate-plan";
import { hasControls, type Refusal, type Refuses, refuseUnfit, tooLongVariables, volumeRefusals } from "../refusal";
import { settingsOf } from "../settings-of";
import { isExpressible } from "../unit-syntax";
import { systemdCage } from "./cage";
import { systemdParts } from "./runner";
import { SystemdSettings } from "./settings";

/** Older ones do not know every setting of the unit. */
const MIN_VERSION = 247;

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    const settings = settingsOf(SystemdSettings, ctx);
    refuseUnfit(refuses, ctx);
    const { tools, start } = await validatePlan(ctx, settings, systemdCage);
    if (!isExpressible(start)) throw invalid("start", "the start command holds characters that systemd does not take");
    await checkSystemd(ctx, settings, tools);
    const free = await checkDisk(ctx);
    await checkRoute(ctx, systemdParts.route);
    return { facts: [fact("port-and-space", { port: ctx.spec.port, free })] };
  },
};

/** Values, commands and paths that a unit cannot express. */
export const refuses: Refuses = ({ environment = {}, settings, volumes }) => {
  const { start } = StartSetting.parse(settings ?? {});
  return [
    ...Object.entries(revealAll(environment)).flatMap(([name, value]): Refusal[] => {
      return isExpressible(value) ? [] : [{ path: ["environment", name], code: "not-for-systemd" }];
    }),
    ...tooLongVariables(environment),
    ...(isExpressible(start) ? [] : [{ path: ["settings", "start"], code: "not-for-systemd" }]),
    ...volumeRefusals(volumes, (path, others) => isExpressible(path) && !hasControls(path) && isHarmless(path, others)),
  ];
};

/**
 * Where the host's own programs look, and the marks beside them that decide how it boots (`/system-update`, `/forcefsck`,
 * `/.autorelabel`). Below `/var/lib/web` and its like everything is somebody's.
 */
const OF_THE_HOST =
  /^\/(?:(?:\.[^/]*|s?bin|boot|dev|etc|fastboot|force[^/]*|initrd|lib(?:32|64|x32)?|lost\+found|proc|run|sys|system-update|usr|var\/(?:\.[^/]*|lock|run))\/|var\/(?:[^/]+\/){3}|$)/;

/**
 * systemd makes what is missing of a volume's path, as root and on the host itself: an empty folder `/run/nologin` keeps
 * everybody out. In another volume it would follow the links that a service has put there.
 */
function isHarmless(path: string, others: readonly string[]): boolean {
  const own = posix.normalize(`${path}/`);
  return !OF_THE_HOST.test(own) && others.every((other) => !own.startsWith(posix.normalize(`${other}/`)));
}
const StartSetting = z.looseObject({ start: z.string().catch("").default("") }).catch({ start: "" });

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
