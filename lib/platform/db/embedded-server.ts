import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, dataDirectory, logFile, SERVER_ENVIRONMENT } from "./embedded-cluster";
import type { Account } from "./shared-directory";

const SHUTDOWN_TIMEOUT_MS = 30_000;

/**
 * Runs Postgres and shuts it down when our end of standard input closes, so it never outlives us, even when we are
 * killed. SIGINT is its "fast" shutdown: it ends sessions, writes everything and leaves nothing to recover.
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } &
guard=$!
wait "$server"
code=$?
kill "$guard" 2>/dev/null
exit "$code"`;

/** A running server process. */
export interface ServerRun {
  ended: Promise<void>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

export function runServer(
  program: string,
  cluster: Cluster,
  settings: Record<string, string | number>,
  account: Account | undefined,
): ServerRun {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(logFile(cluster), "a");
  const child = spawn("/bin/sh", ["-c", GUARD, "landfall-postgres", program, "-D", dataDirectory(cluster), ...flags], {
    ...account,
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    stdio: ["pipe", log, log],
    detached: true, // a Ctrl-C in our terminal must not reach it before the worker has drained
  });
  closeSync(log);
  return follow(child, cluster);
}

function follow(child: ChildProcess, cluster: Cluster): ServerRun {
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  child.stdin?.on("error", () => undefined); // the server exited; `ended` reports it
  const stop = async () => {
    child.stdin?.end();
    const late = Symbol("late");
    const first = await Promise.race([ended, sleep(SHUTDOWN_TIMEOUT_MS, late, { ref: false })]);
    if (first === late) await signalServer(cluster, "SIGQUIT");
    await ended;
  };
  return { ended, hasEnded: () => over, stop };
}

/**
 * Prepares the data for a new server: shuts down a server that still runs, and removes the pid file of a killed one
 * when its pid now belongs to another program (Postgres would mistake that for a running server).
 */
export async function clearLeftover(cluster: Cluster): Promise<void> {
  const pid = await recordedPid(cluster);
  if (pid === undefined || !isAlive(pid)) return;
  if (!(await servesData(pid, cluster))) return rm(join(dataDirectory(cluster), "postmaster.pid"), { force: true });
  await signalServer(cluster, "SIGINT");
  const deadline = Date.now() + SHUTDOWN_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await sleep(50);
}

async function signalServer(cluster: Cluster, signal: NodeJS.Signals): Promise<void> {
  const pid = await recordedPid(cluster);
  if (pid !== undefined && (await servesData(pid, cluster))) process.kill(pid, signal);
}

async function recordedPid(cluster: Cluster): Promise<number | undefined> {
  const text = await readFile(join(dataDirectory(cluster), "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The working directory of a Postgres server is its data directory. */
async function servesData(pid: number, cluster: Cluster): Promise<boolean> {
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return place !== undefined && place === (await realpath(dataDirectory(cluster)));
}
