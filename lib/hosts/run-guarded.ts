import { type ChildProcess, spawn } from "node:child_process";
import { Problem } from "@/lib/contracts/problem";
import { CommandOutput } from "./command-output";
import { ABORTED_WITHIN_MS, endOf, guarded, guardProblem, TRAILING_OUTPUT_MS } from "./guard";
import type { Command, CommandResult, RunOptions } from "./host";

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

  return new Promise((resolve, reject) => {
    let failure: unknown;
    let overdue: NodeJS.Timeout | undefined;
    const giveUp = (cause: unknown) => {
      failure ??= cause ?? new Error("aborted");
      child.stdin.destroy();
      overdue ??= setTimeout(() => child.kill("SIGKILL"), ABORTED_WITHIN_MS);
    };
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });

    const output = new CommandOutput(options, giveUp);
    for (const stream of ["stdout", "stderr"] as const) output.listen(stream, child[stream]);
    // EPIPE: the guard ended first. Its exit code says how.
    child.stdin.on("error", () => child.stdin.destroy());
    if (stdin.length > 0) child.stdin.write(stdin);

    child.once("error", (cause) => {
      signal?.removeEventListener("abort", abort);
      reject(new Problem("command-failed", { params: { command: command.args[0] }, detail: cause.message, cause }));
    });
    child.once("exit", () => setTimeout(closeOutput, TRAILING_OUTPUT_MS, child).unref());
    child.once("close", (code, ended) => {
      clearTimeout(overdue);
      signal?.removeEventListener("abort", abort);
      const problem = failure ?? guardProblem(command, code);
      if (problem) reject(problem);
      else resolve({ ...endOf(code, ended), ...output.kept });
    });
  });
}

function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
