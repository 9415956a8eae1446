import { constants } from "node:os";
import { Problem } from "@/lib/contracts/problem";
import type { Command, CommandResult } from "./host";
import script from "./programs/guard.sh" with { type: "text" };

/** Exit codes of the guard itself; a command is unlikely to use them, and its own 126 and 127 stay its own. */
const GUARD_EXIT = { ended: 251, lostInput: 252, noDirectory: 253, noCommand: 254 } as const;

/** How long a command has between TERM and KILL when its lease is gone. */
const GRACE_SECONDS = 5;

/** How long output may trail the guard's end: only a process that left its group can keep the pipe open longer. */
export const TRAILING_OUTPUT_MS = 1_000;

/**
 * How long an aborted command's guard has to end: the grace and a moment. A guard that takes longer (it, or a sudo in front
 * of it, is stopped or stuck) must not delay the caller that aborted.
 */
export const ABORTED_WITHIN_MS = GRACE_SECONDS * 1_000 + TRAILING_OUTPUT_MS + 2_000;

export interface GuardOptions {
  inputBytes: number;
  cwd?: string | undefined;
  /** How long the holder of the lease may be silent; without it, for ever. A visible character keeps the lease. */
  silenceSeconds?: number;
}

/**
 * The command that runs `args` under the guard (programs/guard.sh), which ends them when the lease is gone. The caller
 * writes `inputBytes` of input first and holds the lease: the guard's standard input.
 */
export function guarded(args: readonly string[], options: GuardOptions): string[] {
  const { inputBytes, silenceSeconds = 0, cwd = "" } = options;
  const numbers = [inputBytes, silenceSeconds, GRACE_SECONDS].map(String);
  return ["/bin/sh", "-c", script, "guard", ...numbers, cwd, ...args];
}

/** What the guard could not do; undefined when the exit code is the command's own. */
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

/** How a guarded command ended: the guard is a shell, which reports a signal as 128 plus its number. */
export function endOf(code: number | null, ended: string | null): Pick<CommandResult, "exitCode" | "signal"> {
  const signal = ended ?? (code !== null && code > 128 ? (SIGNAL_NAMES.get(code - 128) ?? null) : null);
  return { exitCode: signal === null ? code : null, signal };
}
