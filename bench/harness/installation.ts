/*
 * A console started like `npm start`, by the same program, on a data directory, port and database of its own; when it
 * is stopped, nothing of it is left.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "@/lib/hosts/free-port";
import type { Api } from "./api";
import { signInForToken } from "./sign-in";

const READY = "Ctrl-C stops everything";
const WORKER_DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** The exit code of a program that a Ctrl-C ended. */
const INTERRUPTED = 130;

/** No one reads it from the terminal: the database lives for one scenario. */
export const ADMIN = { email: "bench@example.com", password: "only-for-the-bench" };

export class Installation {
  /** The bench was interrupted: running processes are being stopped, and no new ones should start. */
  static interrupted = false;

  readonly #takeAway: () => Promise<void>;

  private constructor(
    readonly url: string,
    readonly directory: string,
    readonly database: pg.Pool,
    readonly api: Api,
    takeAway: () => Promise<void>,
  ) {
    this.#takeAway = takeAway;
  }

  static async start(root: string, settings: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const directory = await mkdtemp(join(tmpdir(), "landfall-bench-"));
    await chmod(directory, 0o711); // the Postgres user must reach its own folder
    const child = spawn(process.execPath, [join(root, "scripts/start.mjs")], {
      cwd: root,
      env: { ...process.env, ...(await environment(directory)), ...settings },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // we forward a Ctrl-C
    });
    const remove = async () => {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    };
    const signals = onInterruption(() => {
      Installation.interrupted = true;
      void remove().finally(() => process.exit(INTERRUPTED));
    });
    const takeAway = async () => {
      signals.ignore();
      await remove();
    };
    try {
      const url = await becomesReady(child);
      const connectionString = settings.DATABASE_URL || (await databaseUrl(directory));
      const database = new pg.Pool({ connectionString, max: 2 });
      database.on("error", () => {}); // every scenario ends the database
      const landfall = new Installation(url, directory, database, await signInForToken(url, ADMIN, "admin"), takeAway);
      await landfall.#workerIsThere();
      return landfall;
    } catch (error) {
      await takeAway();
      throw error;
    }
  }

  /** The folder that may contain the services' sources. */
  get sources(): string {
    return join(this.directory, "sources");
  }

  async processId(role: "web" | "worker"): Promise<number> {
    const { rows } = await this.database.query<{ pid: number }>(
      "SELECT pid FROM process WHERE role = $1 ORDER BY started_at DESC LIMIT 1",
      [role],
    );
    const [row] = rows;
    if (!row) throw new Error(`no ${role} is there`);
    return row.pid;
  }

  async stop(): Promise<void> {
    await this.database.end();
    await this.#takeAway();
  }

  /** A console is ready when its web server is; the first deployment should not wait for the worker to start. */
  async #workerIsThere(): Promise<void> {
    const deadline = Date.now() + WORKER_DEADLINE_MS;
    const targets = async () =>
      (await this.database.query("SELECT 1 FROM process, target WHERE role = 'worker'")).rowCount;
    while ((await targets()) === 0) {
      if (Date.now() > deadline) throw new Error("the worker did not come up");
      await sleep(LOOK_EVERY_MS);
    }
  }
}

async function environment(directory: string): Promise<Record<string, string>> {
  const sources = join(directory, "sources");
  await mkdir(sources);
  return {
    NODE_ENV: "production",
    PORT: String(await freePort()),
    HOST: "127.0.0.1",
    DATABASE_URL: "",
    LANDFALL_DATA_DIR: directory,
    LANDFALL_SOURCE_ROOTS: sources,
    LANDFALL_DEMO: "0",
    LANDFALL_ADMIN_EMAIL: ADMIN.email,
    LANDFALL_ADMIN_PASSWORD: ADMIN.password,
    // The bench requests deployments faster than a person would.
    RATE_LIMIT_RPM: "100000",
    PERSON_LIMIT_RPM: "1000000",
    PERSON_LIMIT_STREAMS: "10000",
  };
}

/** Resolves with the console's address once everything runs; rejects with the output of a process that ended before that. */
function becomesReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const take = (chunk: Buffer) => {
      said += chunk;
      const address = /^ {2}Console {3}(http\S+)$/m.exec(said)?.[1];
      if (address && said.includes(READY)) resolve(address);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("close", () => reject(new Error(`the console did not start:\n${said}`)));
  });
}

async function databaseUrl(directory: string): Promise<string> {
  const file = await readFile(join(directory, "postgres/cluster.json"), "utf8");
  const { port, password } = JSON.parse(file) as { port: number; password: string };
  return `postgresql://landfall:${password}@127.0.0.1:${port}/landfall`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** However the bench ends, no process that it started is left. */
function onInterruption(work: () => void): { ignore(): void } {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, work);
  return {
    ignore: () => {
      for (const signal of signals) process.removeListener(signal, work);
    },
  };
}
