import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { HostName, UserName } from "./facts";
import { containerOf } from "./fleet";
import type { Ended } from "./run-command.mjs";

export interface HostCommand {
  args: readonly string[];
  user: UserName;
  stdin: string | Buffer;
  timeoutMs?: number | undefined;
}

type Waiting = Pick<PromiseWithResolvers<Ended>, "resolve" | "reject">;

/**
 * One program on a host (image/run-commands.mjs) that runs all the commands of a test file: starting each with `docker
 * exec` needs several times the processor time of the command itself.
 */
class CommandLine {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor(name: HostName) {
    const command = ["exec", "--interactive", containerOf(name), "node", "/usr/local/sbin/run-commands.mjs"];
    this.#child = spawn("docker", command, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#take(line));
    this.#child.stdin.on("error", () => {}); // the host is gone, which `close` reports
    this.#child.once("error", (error) => this.#end(name, error));
    this.#child.once("close", () => this.#end(name, new Error(`${name} is off, or was switched off meanwhile`)));
    this.#letGo();
  }

  run({ args, user, stdin, timeoutMs }: HostCommand): Promise<Ended> {
    const { promise, ...waiting } = Promise.withResolvers<Ended>();
    const id = ++this.#asked;
    this.#waiting.set(id, waiting);
    this.#hold();
    const request = { id, args, user, stdin: Buffer.from(stdin).toString("base64"), timeoutMs };
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return promise;
  }

  #take(line: string): void {
    const { id, ...ended } = JSON.parse(line) as Ended & { id: number };
    this.#waiting.get(id)?.resolve(ended);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#letGo();
  }

  #end(name: HostName, why: Error): void {
    if (open.get(name) === this) open.delete(name);
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  /** Only a running command keeps the test process alive. */
  #hold(): void {
    for (const part of this.#parts) part.ref();
  }
  #letGo(): void {
    for (const part of this.#parts) part.unref();
  }
  get #parts() {
    return [this.#child, this.#child.stdin, this.#child.stdout] as unknown as { ref(): void; unref(): void }[];
  }
}

const open = new Map<HostName, CommandLine>();

export function runOnHost(name: HostName, command: HostCommand): Promise<Ended> {
  const line = open.get(name) ?? new CommandLine(name);
  open.set(name, line);
  return line.run(command);
}

/** Call it before a host is powered off: the next command then opens a new connection to the host that boots. */
export function hangUp(name: HostName): void {
  open.delete(name);
}
