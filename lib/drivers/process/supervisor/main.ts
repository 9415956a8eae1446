/**
 * The supervisor: a small program of its own, one per base directory, that keeps the services of the `process` driver
 * running and moves traffic between their releases. It outlives worker and web, knows no database, and is built into
 * one file with nothing but Node in it (scripts/bundle.mjs).
 *
 *     node supervisor.mjs <base> <version>
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createControlServer } from "./control-server";
import { ADDRESS_FILE, type SupervisorAddress } from "./protocol";
import { report } from "./report";
import { Supervisor } from "./supervisor";
import { writeJson } from "./write-json";

/** A Unix socket's path has 107 bytes; some of them are left for those who look at it through a prefix. */
const MAX_SOCKET_PATH = 100;
const CHECK_EVERY_MS = 2_000;

const [givenBase, version] = process.argv.slice(2);
if (!givenBase || !version) throw new Error("usage: supervisor.mjs <base> <version>");
const base = realpathSync(givenBase);

if (!(await isOnlyOne(base))) {
  report("another supervisor runs for this directory");
  process.exit(0);
}
const supervisor = new Supervisor(base, version);
const socket = socketPath(base);
const control = createControlServer(supervisor, end);
// First, so that whoever asks sees what serves and not a part of it.
await supervisor.restore();
await listenPrivately(socket);
writeJson(join(base, ADDRESS_FILE), { pid: process.pid, socket, version } satisfies SupervisorAddress);
process.on("SIGTERM", end).on("SIGINT", end);
// One bad connection must not take all services down: the last resort, and each line of it is a defect to mend.
process.on("uncaughtException", (error) => report(error.stack ?? error.message));
// The terminal or session that started it may go; it stays.
process.on("SIGHUP", () => {});
setInterval(() => !isInCharge() && void end(), CHECK_EVERY_MS).unref();

/** Not when somebody removed the directory: nothing could find this supervisor any more, and nobody could end it. */
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
 * Two may be started at once; a name in the abstract socket space goes to exactly one of them and is given back by the
 * kernel however that one ends. A lock file would need a guess whether its holder still lives.
 */
function isOnlyOne(folder: string): Promise<boolean> {
  const name = createHash("sha256").update(`${process.getuid?.()}:${folder}`).digest("hex");
  return new Promise((resolve, reject) => {
    const lock = createServer();
    lock.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    );
    lock.listen(`\0landfall-${name}`, () => resolve(true));
  });
}

function socketPath(folder: string): string {
  const inBase = join(folder, "supervisor.sock");
  return Buffer.byteLength(inBase) <= MAX_SOCKET_PATH ? inBase : join(mkdtempSync(join(tmpdir(), "landfall-")), "s");
}

/** The mask is in force while the socket is made (which `listen` does at once), and not for the services started later. */
function listenPrivately(path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o077);
    control.once("error", reject).listen(path, resolve);
    process.umask(mask);
  });
}

/** Children first. The caller's answer is sent before the process ends. */
async function end(): Promise<void> {
  await supervisor.shutDown();
  rmSync(dirname(socket) === base ? socket : dirname(socket), { recursive: true, force: true });
  control.close();
  setTimeout(() => process.exit(0), 50);
}
