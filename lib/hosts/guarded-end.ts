import { constants } from "node:os";
import { Problem } from "@/lib/contracts/problem";
import { GRACE_MS, GUARD_EXIT } from "./guard";
import type { Command, CommandResult } from "./host";

/** How long output may trail the guard's end: only a process that left its group can hold the pipe longer. */
export const TRAILING_OUTPUT_MS = 1_000;

/**
 * How long an aborted command's guard has to end. It needs the grace and a moment; what lets it take longer (a guard, or a
 * sudo in front of it, that is stopped or stuck) must not hold up whoever aborted.
 */
export const ABORTED_WITHIN_MS = GRACE_MS + TRAILING_OUTPUT_MS + 2_000;

/** What the guard could not do, apart from what the command answered. */
export function guardProblem(command: Command, code: number | null): Problem | undefined {
  const [tool] = command.args;
  if (code === GUARD_EXIT.noCommand) return new Problem("tool-missing", { params: { tool } });
  if (code === GUARD_EXIT.noDirectory) return failed(tool, `no directory ${command.cwd}`);
  if (code === GUARD_EXIT.lostInput) return failed(tool, "its input did not arrive");
  if (code === GUARD_EXIT.ended) return new Problem("host-lost", { detail: "the one who asked for it fell silent" });
  return undefined;
}

function failed(command: string, detail: string): Problem {
  return new Problem("command-failed", { params: { command }, detail });
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A shell reports a signal as 128 + its number; the guard is one, so this is how the end of its command arrives. */
export function endOf(code: number | null, ended: string | null): Pick<CommandResult, "exitCode" | "signal"> {
  const signal = ended ?? (code !== null && code > 128 ? (SIGNAL_NAMES.get(code - 128) ?? null) : null);
  return { exitCode: signal === null ? code : null, signal };
}
