import { Problem } from "@/lib/contracts/problem";
import type { CommandResult, RunOptions } from "@/lib/hosts/host";
import type { HostPlace } from "../driver";
import controlGroups from "../usage/control-groups.sh" with { type: "text" };
import checkHost from "./check-host.sh" with { type: "text" };
import removeFiles from "./remove-files.sh" with { type: "text" };
import removeUser from "./remove-user.sh" with { type: "text" };
import units from "./units.sh" with { type: "text" };
import users from "./users.sh" with { type: "text" };

/** Exit codes of units.sh. */
export const UNIT_EXIT = { invalid: 64, notStarted: 65, noUnit: 66 } as const;

type UnitVerb =
  | "create"
  | "resume"
  | "keep"
  | "stop"
  | "remove"
  | "list"
  | "show"
  | "usage"
  | "last-output"
  | "start-command"
  | "follow-command"
  | "command-state"
  | "end-commands"
  | "as-user"
  | "build";

/** The command of one of the verbs of units.sh. */
export function unitCommand(verb: UnitVerb, args: readonly string[]): [string, ...string[]] {
  return ["sh", "-c", users + (verb === "usage" ? controlGroups : "") + units, "units", verb, ...args];
}

type Place = Pick<HostPlace, "host">;

export function runUnits(
  { host }: Place,
  verb: UnitVerb,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  return host.run({ args: unitCommand(verb, args) }, options);
}

const PROGRAMS = {
  "check-host": checkHost,
  "remove-files": users + removeFiles,
  "remove-user": users + removeUser,
} as const;

/** Runs one of the other programs of this folder. */
export function runProgram(
  { host }: Place,
  name: keyof typeof PROGRAMS,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  return host.run({ args: ["sh", "-c", PROGRAMS[name], name, ...args] }, options);
}

/** The same result. Throws `command-failed` with the error output. */
export function succeeded(result: CommandResult, command = "systemctl"): CommandResult {
  if (result.exitCode === 0) return result;
  throw new Problem("command-failed", { params: { command }, detail: errorOutput(result) });
}

export function errorOutput({ exitCode, signal, stderr }: CommandResult): string {
  return stderr.trim() || `it ended with ${signal ?? `exit code ${exitCode}`}`;
}
