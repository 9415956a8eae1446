import { Problem } from "@/lib/contracts/problem";
import { CommandOutput } from "../command-output";
import { ABORTED_WITHIN_MS, endOf, guardProblem, TRAILING_OUTPUT_MS } from "../guarded-end";
import type { Command, CommandResult, RunOptions } from "../host";
import type { OpenChannel } from "./ssh-connection";

/**
 * How often the one who asked for a command says that it is still there, and after how long it counts as gone. Not
 * later than it gives the host up itself, or its next command could meet this one.
 */
const BEAT_MS = 5_000;
export const SILENCE_SECONDS = 25;

/**
 * Follows a guarded command on its channel to its end. The channel's input is the lease: aborting closes it, and waits
 * for the guard, though not for one that does not end. Rejects with `host-lost` when the connection ends first.
 */
export function runOverChannel(session: OpenChannel, command: Command, options: RunOptions): Promise<CommandResult> {
  const { channel } = session;
  const { signal, stdin = "" } = options;
  return new Promise((resolve, reject) => {
    let failure: unknown;
    let overdue: NodeJS.Timeout | undefined;
    const giveUp = (cause: unknown) => {
      failure ??= cause ?? new Error("aborted");
      channel.eof();
      overdue ??= setTimeout(abandon, ABORTED_WITHIN_MS);
    };
    // sshd closes a channel once its command has ended, which this one may never do.
    const abandon = () => {
      channel.close();
      letGo();
      reject(failure);
    };
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const output = new CommandOutput(options, giveUp);
    output.listen("stdout", channel);
    output.listen("stderr", channel.stderr);
    if (stdin.length > 0) channel.write(stdin);
    const beat = setInterval(() => channel.writable && channel.write("."), BEAT_MS);

    channel.on("error", giveUp);
    const closeSoon = () => setTimeout(() => channel.close(), TRAILING_OUTPUT_MS).unref();
    if (session.exit()) closeSoon();
    else channel.once("exit", closeSoon);
    const letGo = () => {
      clearInterval(beat);
      clearTimeout(overdue);
      signal?.removeEventListener("abort", abort);
    };
    channel.once("close", () => {
      letGo();
      const exit = session.exit();
      const problem = failure ?? (exit ? guardProblem(command, exit.code) : lostProblem(command));
      if (problem || !exit) reject(problem);
      else resolve({ ...endOf(exit.code, exit.signal), ...output.kept });
    });
    if (signal?.aborted) abort();
  });
}

function lostProblem({ args: [tool] }: Command): Problem {
  return new Problem("host-lost", { detail: `while ${tool} ran` });
}
