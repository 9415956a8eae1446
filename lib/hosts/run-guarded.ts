import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { Problem } from "@/lib/contracts/problem";
import { GUARD_EXIT, guarded } from "./guard";
import type { Command, CommandResult, OutputStream, RunOptions } from "./host";
import { LineSplitter } from "./line-splitter";
import { OutputTail } from "./output-tail";

const KEEP_BYTES = 1024 * 1024;

/** How long output may trail the guard's end: only a process that left its group can hold the pipe longer. */
const TRAILING_OUTPUT_MS = 1_000;

/** Runs a command on this machine under the guard. The pipe to the guard's input is the lease. */
export async function runGuarded(
  command: Command,
  env: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<CommandResult> {
  const { signal, stdin = "" } = options;
  signal?.throwIfAborted();
  const [file, ...args] = guarded(command.args, { inputBytes: Buffer.byteLength(stdin), cwd: command.cwd });
  const child = spawn(file as string, args, {
    // Next.js narrows the type of every environment to one with NODE_ENV; a command has its own.
    env: { ...env, ...command.env } as NodeJS.ProcessEnv,
    detached: true,
  });
  const output = {
    stdout: new OutputTail(options.keepBytes ?? KEEP_BYTES),
    stderr: new OutputTail(options.keepBytes ?? KEEP_BYTES),
  };

  return new Promise((resolve, reject) => {
    let failure: unknown;
    const giveUp = (cause: unknown) => {
      failure ??= cause ?? new Error("aborted");
      child.stdin.destroy();
    };
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });

    for (const stream of ["stdout", "stderr"] as const) listen(child, stream, output[stream], options.onLine, giveUp);
    // EPIPE: the guard ended first. Its exit code says how.
    child.stdin.on("error", () => child.stdin.destroy());
    if (stdin.length > 0) child.stdin.write(stdin);

    child.once("error", (cause) => {
      signal?.removeEventListener("abort", abort);
      reject(new Problem("command-failed", { params: { command: command.args[0] }, detail: cause.message, cause }));
    });
    child.once("exit", () => setTimeout(closeOutput, TRAILING_OUTPUT_MS, child).unref());
    child.once("close", (code, ended) => {
      signal?.removeEventListener("abort", abort);
      const problem = failure ?? guardProblem(command, code);
      if (problem) reject(problem);
      else resolve({ ...exitOf(code, ended), stdout: output.stdout.toString(), stderr: output.stderr.toString() });
    });
  });
}

function listen(
  child: ChildProcess,
  stream: OutputStream,
  tail: OutputTail,
  onLine: RunOptions["onLine"],
  onFailure: (cause: unknown) => void,
): void {
  const lines = onLine && new LineSplitter((line) => onLine(line, stream));
  const take = (use: () => void) => {
    try {
      use();
    } catch (cause) {
      onFailure(cause);
    }
  };
  child[stream]?.on("data", (chunk: Buffer) => {
    tail.write(chunk);
    if (lines) take(() => lines.write(chunk));
  });
  child[stream]?.once("end", () => lines && take(() => lines.end()));
}

function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** What the guard could not do, apart from what the command answered. */
function guardProblem(command: Command, code: number | null): Problem | undefined {
  const [tool] = command.args;
  if (code === GUARD_EXIT.noCommand) return new Problem("tool-missing", { params: { tool } });
  if (code === GUARD_EXIT.noDirectory) {
    return new Problem("command-failed", { params: { command: tool }, detail: `no directory ${command.cwd}` });
  }
  if (code === GUARD_EXIT.lostInput) {
    return new Problem("command-failed", { params: { command: tool }, detail: "its input did not arrive" });
  }
  return undefined;
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A shell reports a signal as 128 + its number; the guard is one, so this is how the end of its command arrives. */
function exitOf(code: number | null, ended: string | null): Pick<CommandResult, "exitCode" | "signal"> {
  const signal = ended ?? (code !== null && code > 128 ? (SIGNAL_NAMES.get(code - 128) ?? null) : null);
  return { exitCode: signal === null ? code : null, signal };
}
