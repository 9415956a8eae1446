import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { db } from "@/lib/platform/db/client";
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

  /**
   * Like the kernel when memory runs out: no handler runs, nothing is flushed. Its turns go to another worker once their
   * heartbeats are missed, which is brought forward unless the test wants to wait for that.
   */
  async killNine({ heartbeats = "missed" }: { heartbeats?: "missed" | "awaited" } = {}): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
    if (heartbeats === "missed") await missHeartbeats(this.pid);
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

/** As if the process had ended long ago: its last heartbeats, also those of its turns in the queue, are old. */
async function missHeartbeats(pid: number): Promise<void> {
  await db.$executeRaw`
    WITH ended AS (
      UPDATE process SET seen_at = now() - interval '1 minute' WHERE pid = ${pid} RETURNING id
    )
    UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute'
    WHERE state = 'active' AND (
      name = 'backups' OR data->>'serviceId' IN (
        SELECT service_id::text FROM deployment WHERE worker_id IN (SELECT id FROM ended) AND finished_at IS NULL
      )
    )`;
}
