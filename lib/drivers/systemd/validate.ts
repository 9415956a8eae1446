import { dirname, posix } from "node:path";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkRoute } from "../lifecycle/start-stop";
import { tellProcesses } from "../lifecycle/workers";
import { checkDisk } from "../phases/validate-host";
import { processesOf } from "../plan/process-types";
import { validatePlan } from "../plan/validate-plan";
import {
  hasControls,
  type Refusal,
  type Refuses,
  refusedCommands,
  refuseUnfit,
  tooLongVariables,
  volumeRefusals,
} from "../refusal";
import { settingsOf } from "../settings-of";
import { isExpressible } from "../unit-syntax";
import { systemdCage } from "./cage";
import { runProgram } from "./programs";
import { systemdParts } from "./runner";
import { SystemdSettings } from "./settings";

/** Older versions do not know every setting of the unit. */
const MIN_VERSION = 247;

/** Checks everything that would make a later phase fail, before anything is changed. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    const settings = settingsOf(SystemdSettings, ctx);
    refuseUnfit(refuses, ctx);
    const plan = await validatePlan(ctx, settings, systemdCage);
    const { tools, start } = plan;
    if (!isExpressible(start)) throw invalid("start", "the start command holds characters that systemd does not take");
    const found = processesOf(ctx.spec, plan);
    const lines = [...found.types.map(({ command }) => command), found.releaseCommand ?? ""];
    if (!lines.every(isExpressible))
      throw invalid("processes", "a line of the Procfile holds characters that systemd does not take");
    const processes = tellProcesses(ctx, found);
    await checkSystemd(ctx, settings, tools);
    const free = await checkDisk(ctx);
    await checkRoute(ctx, systemdParts.route);
    return { facts: [fact("port-and-space", { port: ctx.spec.port, free }), ...processes] };
  },
};

/** Values, commands and paths that a unit cannot express. */
export const refuses: Refuses = ({ environment = {}, settings, volumes }) => {
  const texts = Commands.parse(settings ?? {});
  return [
    ...Object.entries(revealAll(environment)).flatMap(([name, value]): Refusal[] => {
      return isExpressible(value) ? [] : [{ path: ["environment", name], code: "not-for-systemd" }];
    }),
    ...tooLongVariables(environment),
    ...Object.entries(texts).flatMap(([name, text]): Refusal[] =>
      isExpressible(text) ? [] : [{ path: ["settings", name], code: "not-for-systemd" }],
    ),
    ...refusedCommands(settings, (text) => (isExpressible(text) ? null : "not-for-systemd")),
    ...volumeRefusals(volumes, (path, others) => isExpressible(path) && !hasControls(path) && isHarmless(path, others)),
  ];
};

/**
 * Folders of the host's own programs, and the files beside them that control how it boots (`/system-update`,
 * `/forcefsck`, `/.autorelabel`). Every deeper path than those like `/var/lib/web` belongs to some program.
 */
const OF_THE_HOST =
  /^\/(?:(?:\.[^/]*|s?bin|boot|dev|etc|fastboot|force[^/]*|initrd|lib(?:32|64|x32)?|lost\+found|proc|run|sys|system-update|usr|var\/(?:\.[^/]*|lock|run))\/|var\/(?:[^/]+\/){3}|$)/;

/**
 * systemd creates the missing part of a volume's path, as root and on the host itself: an empty folder `/run/nologin`
 * locks everyone out. Inside another volume it would follow links that a service created there.
 */
function isHarmless(path: string, others: readonly string[]): boolean {
  const own = posix.normalize(`${path}/`);
  return !OF_THE_HOST.test(own) && others.every((other) => !own.startsWith(posix.normalize(`${other}/`)));
}
const Text = z.string().catch("").default("");
const NO_COMMANDS = { start: "", releaseCommand: "", beforeSwitch: "", afterSwitch: "" };
/** The settings that become commands of units. */
const Commands = z
  .object({ start: Text, releaseCommand: Text, beforeSwitch: Text, afterSwitch: Text })
  .catch(NO_COMMANDS);

async function checkSystemd(ctx: PhaseContext, { user = "" }: SystemdSettings, tools: string[]): Promise<void> {
  const args = [dirname(ctx.base), user, ...tools];
  const { stdout, stderr } = await runProgram(ctx, "check-host", args, { signal: ctx.signal });
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
