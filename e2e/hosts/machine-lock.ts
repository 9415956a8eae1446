import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 100;
const PREFIX = "landfall-test/";

/**
 * Waits for the lock of that name on this machine, and holds it until the returned function is called or this process
 * ends: the kernel releases it, so a killed run leaves none.
 */
export async function machineLock(name: string): Promise<() => Promise<void>> {
  for (;;) {
    const release = await tryLock(name);
    if (release) return release;
    await sleep(RETRY_MS);
  }
}

/** The same without waiting: undefined when the lock is taken. */
export function tryLock(name: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    const release = () => new Promise<void>((done) => server.close(() => done()));
    // A socket without a file: its name starts with a zero byte.
    server.listen(`\0${PREFIX}${name}`, () => resolve(release));
  });
}

/** The names of all locks that are currently held. */
export function heldLocks(): string[] {
  const sockets = readFileSync("/proc/net/unix", "utf8").split("\n");
  return sockets.flatMap((line) => line.split(` @${PREFIX}`).slice(1));
}
