/**
 * The supervisor: a small program of its own, one per base directory, that keeps the services of the `process` driver
 * running and moves traffic between their releases. It outlives worker and web, knows no database, and is built into
 * one file with nothing but Node in it (scripts/bundle.mjs).
 *
 *     node supervisor.mjs <base> <version>
 */
import { execFile, spawnSync } from "node:child_process";
import { constants, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { closeMetadata } from "./cage";
import { createControlServer } from "./control-server";
import { ADDRESS_FILE, LOCK_FILE, type SupervisorAddress } from "./protocol";
import { report } from "./report";
import { Supervisor, writeJson } from "./supervisor";

/** A Unix socket's path has at most 107 bytes; some are left for access through a path prefix. */
const MAX_SOCKET_PATH = 100;
const CHECK_EVERY_MS = 2_000;

const [givenBase, version] = process.argv.slice(2);
if (!givenBase || !version) throw new Error("usage: supervisor.mjs <base> <version>");
const base = realpathSync(givenBase);

if (!isOnlyOne(base)) {
  report("another supervisor runs for this directory");
  process.exit(0);
}
const [closer, ...closing] = closeMetadata();
execFile(closer, closing, (error) => error && report(`the metadata address stays open: ${error.message}`));
const supervisor = new Supervisor(base, version);
const socket = socketPath(base);
const control = createControlServer(supervisor, end);
// Before the socket opens, so that clients never see a part of the services.
await supervisor.restore();
await listenPrivately(socket);
const able = { cages: true, keepsAssets: true, runsWorkers: true };
const address: SupervisorAddress = { pid: process.pid, socket, version, ...able };
writeJson(join(base, ADDRESS_FILE), address);
process.on("SIGTERM", end).on("SIGINT", end);
// One bad connection must not take all services down. A last resort: each such line is a defect to fix.
process.on("uncaughtException", (error) => report(error.stack ?? error.message));
// It outlives the terminal or session that started it.
process.on("SIGHUP", () => {});
setInterval(() => !isInCharge() && void end(), CHECK_EVERY_MS).unref();

/** False when the base directory was removed: no client could find this supervisor, or end it, any more. */
function isInCharge(): boolean {
  try {
    return (JSON.parse(readFileSync(join(base, ADDRESS_FILE), "utf8")) as SupervisorAddress).pid === process.pid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    report(`${base} is gone: ending`);
    return false;
  }
}

/**
 * Two supervisors may start concurrently. The kernel gives the lock to exactly one of them and releases it when that
 * one ends in any way: it belongs to the open file, which `flock` shares with this process. Only this user may open the
 * file, so no service can take the lock, as it could take a socket's address.
 */
function isOnlyOne(folder: string): boolean {
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const file = openSync(join(folder, LOCK_FILE), O_CREAT | O_NOFOLLOW | O_RDWR, 0o600);
  const { status, error } = spawnSync("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "inherit", file] });
  if (error || (status !== 0 && status !== 1)) throw error ?? new Error(`flock ended with ${status}`);
  return status === 0;
}

function socketPath(folder: string): string {
  const inBase = join(folder, "supervisor.sock");
  return Buffer.byteLength(inBase) <= MAX_SOCKET_PATH ? inBase : join(mkdtempSync(join(tmpdir(), "landfall-")), "s");
}

/** The umask applies while the socket is created (`listen` does that synchronously), and not to services started later. */
function listenPrivately(path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o077);
    control.once("error", reject).listen(path, resolve);
    process.umask(mask);
  });
}

/** Ends the services first. The client's answer is sent before the process ends. */
async function end(): Promise<void> {
  await supervisor.shutDown();
  rmSync(dirname(socket) === base ? socket : dirname(socket), { recursive: true, force: true });
  control.close();
  setTimeout(() => process.exit(0), 50);
}
