/*
 * A whole Postgres for those who bring none: from npm, in a directory of ours, on a loopback port, with a password.
 * It lives exactly as long as the process that started it, and picks up its data after any kind of end.
 */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { Problem } from "@/lib/contracts/problem";
import { type Binaries, findBinaries } from "./embedded-binaries";
import { APPLICATION_USER, type Cluster, logFile, openCluster, SUPERUSER, saveCluster } from "./embedded-cluster";
import { clearLeftover, runServer, type ServerRun } from "./embedded-server";
import type { Account } from "./shared-directory";

/** Replaying what a killed server had not written yet may take its time; nothing is wrong while it lives. */
const READY_TIMEOUT_MS = 120_000;
const START_ATTEMPTS = 5;

/** Small, because it shares the machine with what is deployed; durable, because it holds the truth. */
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 60,
  shared_buffers: "64MB",
  maintenance_work_mem: "32MB",
  max_wal_size: "512MB",
  max_worker_processes: 4,
  jit: "off",
  log_checkpoints: "off",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** For databases of tests: nobody needs them after a power cut, and many files use one server at once. */
const VOLATILE = { fsync: "off", full_page_writes: "off", max_connections: 200 };

export interface EmbeddedPostgres {
  /** Of the owner of everything, for what migrates, saves and restores. */
  url: string;
  /** Of web and worker, once the migrations have made that role. */
  applicationUrl: string;
  /** Resolves when the server has ended, whether it was asked to or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  directory: string;
  /** Made when it is missing. */
  database: string;
  /** False: may lose everything with the machine's power, and is faster for it. */
  durable?: boolean;
}

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = await postgresAccount();
  const binaries = await findBinaries(account);
  const cluster = await openCluster(options.directory, { binaries, account, durable: options.durable ?? true });
  await clearLeftover(cluster);
  const server = await startServer(options, cluster, binaries, account);
  await ensureDatabase(cluster, options.database);
  const applicationUrl = urlOf(cluster, options.database, {
    user: APPLICATION_USER,
    password: cluster.applicationPassword ?? "",
  });
  return { url: urlOf(cluster, options.database), applicationUrl, ended: server.ended, stop: server.stop };
}

/** Tries again when it ends at once: another program took the port, or a killed server's last sessions still end. */
async function startServer(
  options: EmbeddedPostgresOptions,
  cluster: Cluster,
  binaries: Binaries,
  account: Account | undefined,
): Promise<ServerRun> {
  const settings = options.durable === false ? { ...SETTINGS, ...VOLATILE } : SETTINGS;
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    await sleep(attempt * 300);
    await choosePort(options.directory, cluster);
    const server = runServer(binaries.postgres, cluster, { ...settings, port: cluster.port }, account);
    if (await becomesReady(server, cluster)) return server;
    await server.stop();
  }
  throw new Problem("cannot-start", {
    detail: `Postgres did not start; its last words, in ${logFile(cluster)}: ${await lastLine(logFile(cluster))}`,
  });
}

/** The same port every time while it is free, so that a connection string someone noted stays right. */
async function choosePort(directory: string, cluster: Cluster): Promise<void> {
  const port = (await isFree(cluster.port)) ?? (await isFree(0));
  if (port === undefined)
    throw new Problem("cannot-start", {
      detail: "No port on 127.0.0.1 is free for Postgres: end some programs, or set DATABASE_URL.",
    });
  if (port === cluster.port) return;
  cluster.port = port;
  await saveCluster(directory, cluster);
}

/** The port itself when nothing listens there (0 stands for any), else undefined. */
function isFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}

async function becomesReady(server: ServerRun, cluster: Cluster): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!server.hasEnded() && Date.now() < deadline) {
    if (await answers(cluster)) return true;
    await sleep(25);
  }
  return false;
}

async function answers(cluster: Cluster): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(cluster, "postgres"), connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false; // not listening yet, or still recovering: the caller asks until the server ends
  } finally {
    await client.end();
  }
}

async function ensureDatabase(cluster: Cluster, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster, "postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

function urlOf(
  cluster: Cluster,
  database: string,
  { user, password } = { user: SUPERUSER, password: cluster.password },
): string {
  return `postgresql://${user}:${password}@127.0.0.1:${cluster.port}/${database}`;
}

async function lastLine(file: string): Promise<string> {
  const lines = (await readFile(file, "utf8").catch(() => "")).trim().split("\n");
  return lines.at(-1) || "(nothing)";
}

const run = promisify(execFile);

/** Postgres refuses to run as root; then it runs as this user, which is made when it is missing. */
const ACCOUNT_NAME = "postgres";

/** The user to run Postgres as; undefined when that is whoever we are. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await findAccount()) ?? (await createAccount());
}

async function findAccount(): Promise<Account | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const entry = lines.find(([name]) => name === ACCOUNT_NAME);
  return entry && { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function createAccount(): Promise<Account> {
  try {
    await run("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      ACCOUNT_NAME,
    ]);
  } catch (cause) {
    throw noAccount(cause);
  }
  const account = await findAccount();
  if (account === undefined) throw noAccount(undefined);
  return account;
}

function noAccount(cause: unknown): Problem {
  return new Problem("cannot-start", {
    detail: `Postgres does not run as root, and a user "${ACCOUNT_NAME}" for it could not be made: start Landfall as an ordinary user, or set DATABASE_URL.`,
    cause,
  });
}
