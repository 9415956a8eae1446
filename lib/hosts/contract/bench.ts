import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { expect } from "vitest";
import type { Command, Host } from "../host";

/** A host to test the contract with. */
export interface HostUnderTest {
  name: string;
  open(): Host;
  /** A folder on it that tests may fill. */
  folder: string;
  /** A module that exports `host`, this same host, for use in another process. */
  source: string;
  /** A command that listens at the address and echoes its input. */
  echoServer(at: { port: number } | { socketPath: string }): Command["args"];
}

/** Names that a shell, a tool or a protocol could misread. */
export const ODD_NAMES = [
  "-rf",
  "--help",
  "a b",
  "it's",
  '"q"',
  "$(id)`id`",
  "a\nb\n",
  "ü日本😀",
  "back\\slash",
  "*?[",
  "~",
];

/** One host in a test, with a folder of the test's own on it. */
export class Bench {
  readonly under: HostUnderTest;
  folder = "";
  #host: Host | undefined;

  constructor(under: HostUnderTest) {
    this.under = under;
  }

  get host(): Host {
    if (!this.#host) throw new Error("no test is running");
    return this.#host;
  }

  async setUp(): Promise<void> {
    this.#host = this.under.open();
    this.folder = join(this.under.folder, randomUUID());
    await this.host.makeDirectory(this.folder);
  }

  async tearDown(): Promise<void> {
    await this.host.remove(this.folder);
    await this.host.close();
  }

  in(path: string): string {
    return join(this.folder, path);
  }

  /** The output of a script on the host; rejects when the script fails. */
  async sh(script: string, ...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.host.run({ args: ["sh", "-euc", script, "sh", ...args] });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  /** A zombie counts as dead: its new parent has not reaped it yet. */
  async isAlive(pid: number): Promise<boolean> {
    const { stdout } = await this.host.run({ args: ["ps", "-o", "stat=", "-p", String(pid)] });
    return /^\s*[^\sZ]/.test(stdout);
  }

  /** The process id that a program writes into a file, followed by a line end. */
  async pidIn(path: string): Promise<number> {
    const read = async () => ((await this.host.stat(path)) ? (await this.host.readFile(path)).toString() : "");
    await expect.poll(read).toMatch(/^\d+\n/);
    return Number(await read());
  }
}
