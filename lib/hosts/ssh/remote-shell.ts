import { Problem } from "@/lib/contracts/problem";
import { quote } from "../command";
import { guarded } from "../guard";
import type { Command, CommandResult, RunOptions } from "../host";
import type { Connections } from "./connections";
import { runOverChannel, SILENCE_SECONDS } from "./run-over-channel";

/** What a command finds, whatever the server gives to those who sign in. Commands run as root. */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** Linux allows 128 KiB for one argument, and sshd hands the whole line on as one. */
const MAX_LINE_BYTES = 120 * 1024;

/** What the guard needs. Says which is missing. */
const CHECK = `for tool in setsid timeout mktemp; do command -v "$tool" >/dev/null || { echo "$tool"; exit 3; }; done`;
const EXIT = { noTool: 3, notFound: 127 } as const;

/** Runs commands on a server as root: as the user who signs in, or with `sudo -n` when that is somebody else. */
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
    // Side by side, because the check costs a way there and back.
    const [result] = await Promise.all([this.#runLine(line, command, options), this.#checked]);
    if (isFromSudo(result)) await this.check();
    return result;
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

/** What was allowed may be forbidden meanwhile. Whether it is so is asked, not read. */
function isFromSudo({ exitCode, stderr }: CommandResult): boolean {
  return exitCode === 1 && stderr.startsWith("sudo: ");
}
