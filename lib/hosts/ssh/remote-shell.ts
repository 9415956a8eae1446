import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { quote } from "../command";
import { CommandOutput } from "../command-output";
import { ABORTED_WITHIN_MS, endOf, guarded, guardProblem, TRAILING_OUTPUT_MS } from "../guard";
import type { Command, CommandResult, RunOptions } from "../host";
import spawnDetached from "../programs/spawn-detached.sh" with { type: "text" };
import type { Connections } from "./connections";
import type { OpenChannel } from "./ssh-connection";

/** The environment of every command, whatever the server sets at sign-in. Commands run as root. */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** Linux allows 128 KiB for one argument, and sshd hands the whole line on as one. */
const MAX_LINE_BYTES = 120 * 1024;

/**
 * How often the caller of a command shows that it is alive, and after what silence it counts as gone. Not later than
 * the caller itself gives up the host, or its next command could run beside this one.
 */
const BEAT_MS = 5_000;
const SILENCE_SECONDS = 25;

/** Checks for the tools that the guard needs, and prints a missing one. */
const CHECK = `for tool in setsid timeout mktemp; do command -v "$tool" >/dev/null || { echo "$tool"; exit 3; }; done`;
const EXIT = { noTool: 3, notFound: 127 } as const;

/** Runs commands on a server as root: as the user who signs in, or with `sudo -n` when that is another user. */
export class RemoteShell {
  readonly #connections: Connections;
  #checked: Promise<void> | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Like `Host.run`. Also rejects with `sudo-refused` and, where the guard cannot work, `tool-missing`. */
  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    const inputBytes = Buffer.byteLength(options.stdin ?? "");
    const args = guarded(command.args, { inputBytes, cwd: command.cwd, silenceSeconds: SILENCE_SECONDS });
    const environment = Object.entries({ ...ENVIRONMENT, ...command.env }).map(([name, value]) => `${name}=${value}`);
    const line = this.line(["/usr/bin/env", "-i", ...environment, ...args]);
    if (Buffer.byteLength(line) > MAX_LINE_BYTES) {
      throw new Problem("command-failed", {
        params: { command: command.args[0] },
        detail: "its arguments are too long",
      });
    }
    this.#checked ??= this.check();
    // Concurrently, because the check costs a round trip.
    const [result] = await Promise.all([this.#runLine(line, command, options), this.#checked]);
    if (isFromSudo(result)) await this.check();
    return result;
  }

  /** See `Host.spawnDetached`. */
  async spawnDetached(command: Command, logFile: string): Promise<number> {
    const args = ["sh", "-c", spawnDetached, "sh", logFile, dirname(logFile), ...command.args] as const;
    const { exitCode, stdout, stderr } = await this.run({ ...command, args });
    const pid = Number(stdout);
    if (exitCode === 0 && pid > 0) return pid;
    throw new Problem("command-failed", { params: { command: command.args[0] }, detail: stderr.trim() });
  }

  /** The line a shell is given to run `args` as root. */
  line(args: readonly string[]): string {
    return quote(this.#isRoot ? ["exec", ...args] : ["exec", "sudo", "-n", "--", ...args]);
  }

  /** Rejects with `sudo-refused` or `tool-missing` when commands cannot run. */
  async check(): Promise<void> {
    try {
      const command = { args: ["/bin/sh", "-c", CHECK] } as const;
      const { exitCode, stdout, stderr } = await this.#runLine(this.line(command.args), command, {});
      if (exitCode === 0) return;
      const detail = `${stderr}${stdout}`.trim().split("\n").at(-1);
      if (exitCode === EXIT.noTool) throw new Problem("tool-missing", { params: { tool: stdout.trim() } });
      if (exitCode === EXIT.notFound) {
        throw new Problem("tool-missing", { params: { tool: this.#isRoot ? "sh" : "sudo" }, detail });
      }
      if (this.#isRoot) throw new Problem("command-failed", { params: { command: "sh" }, detail });
      throw new Problem("sudo-refused", { params: { user: this.#connections.login.user }, detail });
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
  }

  get #isRoot(): boolean {
    return this.#connections.login.user === "root";
  }

  async #runLine(line: string, command: Command, options: RunOptions): Promise<CommandResult> {
    const session = await this.#connections.session({ command: line }, options.signal);
    return runOverChannel(session, command, options);
  }
}

/** sudo may refuse now what it allowed before. Only a suspicion: the caller checks with sudo itself. */
function isFromSudo({ exitCode, stderr }: CommandResult): boolean {
  return exitCode === 1 && stderr.startsWith("sudo: ");
}

/**
 * Follows a guarded command on its channel to its end. The channel's input is the lease: aborting closes it and waits for
 * the guard, up to a limit. Rejects with `host-lost` when the connection ends first.
 */
function runOverChannel(session: OpenChannel, command: Command, options: RunOptions): Promise<CommandResult> {
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
    // sshd closes a channel once its command has ended, which may never happen.
    const abandon = () => {
      channel.close();
      release();
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
    const release = () => {
      clearInterval(beat);
      clearTimeout(overdue);
      signal?.removeEventListener("abort", abort);
    };
    channel.once("close", () => {
      release();
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
