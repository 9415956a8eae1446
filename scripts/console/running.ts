import { join } from "node:path";
import type { FirstAdmin } from "@/lib/domain/users/ensure-admin";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/lib/platform/db/embedded-postgres";
import { FRUGAL, FRUGAL_WORKER } from "../frugal.mjs";
import { releaseDataDirectory } from "../running-console.mjs";
import { say, step } from "../screen.mjs";
import { apartFromSecrets } from "./settings";
import { sharedRuntime } from "./shared-runtime";
import { stopServices } from "./stop-services";
import { SupervisedProcess } from "./supervised-process";

/** Open event streams are cut off after this; their pages reconnect. */
const WEB_GRACE_MS = 3_000;
/** The worker hands over its work within 20 s and then exits. */
const WORKER_GRACE_MS = 30_000;

/** Web and worker connect with `url`, migrations with `ownerUrl`; both are the same where there is one role. */
export interface DatabaseAddresses {
  url: string;
  ownerUrl: string | undefined;
}

/** The running processes, and how they are stopped. */
export class Running {
  claimed = false;
  /** Must be shown before the console exits: it cannot be requested later. */
  unseenPassword: FirstAdmin | undefined;
  /** Rejects when a process that everything depends on has failed for good. */
  readonly failed: Promise<never>;

  #fail: (error: unknown) => void = () => {};
  #database: EmbeddedPostgres | undefined;
  #web: SupervisedProcess | undefined;
  #worker: SupervisedProcess | undefined;
  #ending = false;

  constructor(
    readonly place: { root: string; dataDirectory: string; development: boolean },
    readonly hurry: AbortSignal,
  ) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {}); // the caller that awaits it handles the rejection
  }

  async startDatabase(): Promise<DatabaseAddresses> {
    const database = await startEmbeddedPostgres({
      directory: join(this.place.dataDirectory, "postgres"),
      database: "landfall",
    });
    this.#database = database;
    void database.ended.then(() => this.#restartDatabase(database.url)).catch(this.#fail);
    return { url: database.applicationUrl, ownerUrl: database.url };
  }

  async startProcesses(env: NodeJS.ProcessEnv): Promise<{ web: SupervisedProcess; worker: SupervisedProcess }> {
    const { root, development } = this.place;
    const standalone = join(root, ".next/standalone");
    const program = join(root, "dist/worker.mjs");
    const worker = this.#startProcess(
      "worker",
      development ? ["--watch", program] : [...FRUGAL_WORKER, program],
      root,
      env,
      await sharedRuntime(),
    );
    const web = development
      ? this.#startProcess("web", [join(root, "node_modules/next/dist/bin/next"), "dev"], root, env)
      : this.#startProcess("web", [...FRUGAL, join(standalone, "server.js")], standalone, env);
    this.#worker = worker;
    this.#web = web;
    return { web, worker };
  }

  /** For development: shows the further output of the processes in the terminal. */
  hear(): void {
    for (const process of [this.#web, this.#worker]) if (process) process.isHeard = true;
  }

  /** Stops the processes in order; safe at any point of the start. */
  async end(): Promise<void> {
    this.#ending = true;
    if (this.unseenPassword)
      say(`The administrator ${this.unseenPassword.email} was made, with the password ${this.unseenPassword.password}`);
    if (this.#web || this.#worker) await this.#endProcesses();
    if (this.#database) await step("Database", () => this.#stopDatabase());
    if (this.claimed) releaseDataDirectory(this.place.dataDirectory);
    say();
  }

  async #endProcesses(): Promise<void> {
    say();
    await step("Console", async () => {
      await this.#web?.stop({ graceMs: WEB_GRACE_MS, hurry: this.hurry });
      await this.#worker?.stop({ graceMs: WORKER_GRACE_MS, hurry: this.hurry });
      return "stopped";
    });
    await step("Services", () => stopServices(this.place.dataDirectory)).catch((error: Error) => say(error.message));
  }

  async #stopDatabase(): Promise<string> {
    await this.#database?.stop();
    return "stopped";
  }

  async #restartDatabase(address: string): Promise<void> {
    if (this.#ending) return;
    say("Postgres ended by itself and is started again.");
    const again = await this.startDatabase();
    if (again.ownerUrl !== address)
      throw new Error("Postgres came back at another port because its own was taken meanwhile: start Landfall again.");
  }

  #startProcess(
    name: string,
    args: string[],
    cwd: string,
    env: NodeJS.ProcessEnv,
    runtime?: string,
  ): SupervisedProcess {
    const logFile = join(this.place.dataDirectory, "logs", `${name}.log`);
    const preload = ["end-with-parent", "take-secrets"].map(
      (script) => `--import=${join(this.place.root, `scripts/${script}.mjs`)}`,
    );
    // A watcher restarts its program, which would find standard input already consumed.
    const { plain, secrets } = this.place.development ? { plain: env, secrets: undefined } : apartFromSecrets(env);
    const onLost = (how: string, delayMs: number) =>
      say(`The ${name} ended (${how}) and is started again in ${delayMs / 1_000} s; its log is ${logFile}`);
    return new SupervisedProcess({
      name,
      ...(runtime && { runtime }),
      args: [...preload, ...args],
      cwd,
      env: plain,
      secrets,
      logFile,
      onLost,
    });
  }
}
