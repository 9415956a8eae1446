import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { until } from "./until";

interface WorkerPlace {
  logFile: string;
  cwd: string;
  env: Record<string, string>;
}

/** A real worker, as `npm start` runs it, and the ways in which it can end. */
export class WorkerProcess {
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child;
    this.logFile = logFile;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
  }

  /** Resolves when it accepts deployments. */
  static async start({ logFile, cwd, env }: WorkerPlace): Promise<WorkerProcess> {
    const program = resolve("dist/worker.mjs");
    const log = openSync(logFile, "w");
    const child = spawn(process.execPath, [program], {
      cwd,
      env: env as NodeJS.ProcessEnv,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const worker = new WorkerProcess(child, logFile);
    await until(`a worker that is ready (${logFile})`, () => worker.#isReady(), { everyMs: 50 });
    return worker;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Like the kernel when memory runs out: no handler runs, nothing is flushed. */
  async killNine(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
  /** An orderly stop. */
  async terminate(): Promise<void> {
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }
  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  log(): Promise<string> {
    return readFile(this.logFile, "utf8");
  }

  async #isReady(): Promise<boolean> {
    if (this.hasEnded) throw new Error(`the worker ended before it was ready:\n${await this.log()}`);
    return (await this.log()).includes('"worker ready"');
  }
}
