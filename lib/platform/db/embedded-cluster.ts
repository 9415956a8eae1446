import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import type { Binaries } from "./embedded-binaries";
import { type Account, canReach, makeSharedDirectory, SHARED_DIRECTORY } from "./shared-directory";

const run = promisify(execFile);
export const SUPERUSER = "landfall";
export const APPLICATION_USER = "landfall_app";
/** The server does not inherit our environment: neither our locale nor our secrets. */
export const SERVER_ENVIRONMENT = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
} as unknown as NodeJS.ProcessEnv;

/** What is stored beside the data, in a file that only its owner can read. */
export interface Cluster {
  port: number;
  password: string;
  /** The password of the role of web and worker. An older installation gets one at its next start. */
  applicationPassword?: string;
  /** Holds `data` and the server's log; owned by the account Postgres runs as. */
  home: string;
}

export function dataDirectory(cluster: Cluster): string {
  return join(cluster.home, "data");
}
export function logFile(cluster: Cluster): string {
  return join(cluster.home, "postgres.log");
}

interface Means {
  binaries: Binaries;
  account: Account | undefined;
  durable: boolean;
}

/** Reads the cluster in a directory, or creates one there. */
export async function openCluster(directory: string, { binaries, account, durable }: Means): Promise<Cluster> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, account ? 0o711 : 0o700); // the account may traverse it; no one else may list it
  const cluster = (await readCluster(directory)) ?? (await newCluster(directory, account));
  if (cluster.applicationPassword === undefined) {
    cluster.applicationPassword = randomBytes(24).toString("hex");
    await saveCluster(directory, cluster);
  }
  if ((await dataVersion(cluster)) === undefined) await initialise(cluster, { binaries, account, durable });
  const version = await dataVersion(cluster);
  if (version !== binaries.major) throw otherVersion(directory, version, binaries.major);
  return cluster;
}

export async function saveCluster(directory: string, cluster: Cluster): Promise<void> {
  const file = join(directory, "cluster.json");
  await writeFile(`${file}.new`, `${JSON.stringify(cluster, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function readCluster(directory: string): Promise<Cluster | undefined> {
  const text = await readFile(join(directory, "cluster.json"), "utf8").catch(unlessMissing);
  return text === undefined ? undefined : (JSON.parse(text) as Cluster);
}

async function newCluster(directory: string, account: Account | undefined): Promise<Cluster> {
  const cluster = { port: 0, password: randomBytes(24).toString("hex"), home: await homeFor(directory, account) };
  if (await dataVersion(cluster)) throw lostPassword(directory, cluster);
  await saveCluster(directory, cluster);
  return cluster;
}

/** Inside the directory, unless root's Postgres user cannot reach it: then a separate directory in /var/lib. */
async function homeFor(directory: string, account: Account | undefined): Promise<string> {
  if (canReach(directory, account)) return join(directory, "server");
  await makeSharedDirectory();
  return join(SHARED_DIRECTORY, randomBytes(6).toString("hex")); // random: another clone at this path needs its own
}

async function dataVersion(cluster: Cluster): Promise<number | undefined> {
  const text = await readFile(join(dataDirectory(cluster), "PG_VERSION"), "utf8").catch(unlessMissing);
  return text === undefined ? undefined : Number(text);
}

/** Created under another name and renamed, so that an incomplete directory is never used as data. */
async function initialise(cluster: Cluster, { binaries, account, durable }: Means): Promise<void> {
  const unfinished = join(cluster.home, "data.new");
  const passwordFile = join(cluster.home, "password.new");
  await makeOwned(cluster.home, account);
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const sync = durable ? [] : ["--no-sync"];
  const settings = [
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
  ];
  try {
    await run(
      binaries.initdb,
      ["-D", unfinished, "-U", SUPERUSER, `--pwfile=${passwordFile}`, "--no-instructions", ...settings, ...sync],
      {
        ...account,
        cwd: "/",
        env: SERVER_ENVIRONMENT,
      },
    );
  } catch (cause) {
    throw cannotInitialise(cluster, cause);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, dataDirectory(cluster));
}

async function makeOwned(home: string, account: Account | undefined): Promise<void> {
  await mkdir(home, { recursive: true });
  await chmod(home, 0o700);
  if (account) await chown(home, account.uid, account.gid);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

function lostPassword(directory: string, cluster: Cluster): Problem {
  return new Problem("cannot-start", {
    detail: `There is a database in ${dataDirectory(cluster)}, but ${join(directory, "cluster.json")} with its password is gone: put that file back, or move the database away to begin with an empty one.`,
  });
}

function otherVersion(directory: string, found: number | undefined, wanted: number): Problem {
  return new Problem("cannot-start", {
    detail: `The database in ${directory} belongs to Postgres ${found}, and this Landfall brings Postgres ${wanted}: start the Landfall that made it, dump it, and restore the dump here.`,
  });
}

function cannotInitialise(cluster: Cluster, cause: unknown): Problem {
  const said = (cause as { stderr?: string }).stderr?.trim().split("\n").at(-1);
  return new Problem("cannot-start", {
    detail: `Postgres could not make its database in ${cluster.home}${said ? ` (${said})` : ""}: check that the disk has room and the folder can be written, or set DATABASE_URL.`,
    cause,
  });
}
