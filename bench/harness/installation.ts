/*
 * A console as `npm start` brings it up, by the same program, on a data directory, port and database of its own; and its
 * end, after which nothing of it is left.
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
/** What a shell says of a program that a Ctrl-C ended. */
const INTERRUPTED = 130;

/** Read from its terminal by nobody: the database lives for one scenario. */
export const ADMIN = { email: "bench@example.com", password: "only-for-the-bench" };

export class Installation {
  /** Somebody asked the bench to end: what runs is being taken away, and nothing should be started after it. */
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
    await chmod(directory, 0o711); // the Postgres user passes through to its own folder
    const child = spawn(process.execPath, [join(root, "scripts/start.mjs")], {
      cwd: root,
      env: { ...process.env, ...(await environment(directory)), ...settings },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a Ctrl-C is ours to pass on
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
      const database = new pg.Pool({ connectionString: await databaseUrl(directory), max: 2 });
      database.on("error", () => {}); // its end is a part of every scenario's end
      const landfall = new Installation(url, directory, database, await signInForToken(url, ADMIN, "admin"), takeAway);
      await landfall.#workerIsThere();
      return landfall;
    } catch (error) {
      await takeAway();
      throw error;
    }
  }

  /** Where the folders of services are allowed to be. */
  get sources(): string {
    return join(this.directory, "sources");
  }

  async processId(role: "web" | "worker"): Promise<number> {
    const { rows } = await this.database.query<{ pid: number }>("SELECT pid FROM process WHERE role = $1", [role]);
    const [row] = rows;
    if (!row) throw new Error(`no ${role} is there`);
    return row.pid;
  }

  async stop(): Promise<void> {
    await this.database.end();
    await this.#takeAway();
  }

  /** A console is ready when its web is; the first deployment should not wait for the worker to come up. */
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
    // Deployments are asked for faster here than a person would.
    RATE_LIMIT_RPM: "100000",
    PERSON_LIMIT_RPM: "1000000",
    PERSON_LIMIT_STREAMS: "10000",
  };
}

/** Resolves with its address once it says that everything is up; rejects with what it said when it ends before. */
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

/** However the bench is ended, nothing it started stays. */
function onInterruption(work: () => void): { ignore(): void } {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, work);
  return {
    ignore: () => {
      for (const signal of signals) process.removeListener(signal, work);
    },
  };
}
