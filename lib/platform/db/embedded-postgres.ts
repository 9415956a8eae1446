/*
 * A complete Postgres for installations without one: from npm, in a directory of ours, on a loopback port, with a
 * password. It runs exactly as long as the process that started it, and recovers its data after any kind of exit.
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

/** Crash recovery may take long, and is no failure while the server runs. */
const READY_TIMEOUT_MS = 120_000;
const START_ATTEMPTS = 5;

/** Small, because services share the machine; durable, because it is the only copy of the data. */
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

/** For test databases: they need no durability, and many test files share one server. */
const VOLATILE = { fsync: "off", full_page_writes: "off", max_connections: 200 };

export interface EmbeddedPostgres {
  /** Signs in as the owner, to migrate, back up and restore. */
  url: string;
  /** Signs in as web and worker do, once the migrations have created that role. */
  applicationUrl: string;
  /** Resolves when the server has exited, requested or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  directory: string;
  /** Created when it does not exist. */
  database: string;
  /** False: faster, but a power failure may lose all data. */
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

/** Retries when the server exits at once: the port was taken, or a killed server's sessions still end. */
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

/** Reuses the port while it is free, so that a connection string that someone noted stays valid. */
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

/** The port when it is free (0 picks any), else undefined. */
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
    return false; // not listening yet, or still recovering: the caller retries until the server exits
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

/** Postgres refuses to run as root. It then runs as this user, which is created when it does not exist. */
const ACCOUNT_NAME = "postgres";

/** The user to run Postgres as; undefined for the current user. */
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
