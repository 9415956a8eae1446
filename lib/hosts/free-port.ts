import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

/** Begins with the first port that outgoing connections may take. */
export const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
/** Linux's own, if nobody says otherwise; other systems begin later. */
const USUAL_EPHEMERAL = 32_768;

/** Below are the ports people choose; where outgoing connections start that low, there is no room of our own. */
const LOWEST = 15_000;
const HIGHEST = 60_999;
const ROOM = 1_000;
/** Whoever runs services on a host may listen on every port of it: then none is found, and nobody must wait for ever. */
const TRIES = 2_000;

/** How long a port that was handed out counts as taken: whoever asked for it listens soon. */
const RESERVED_MS = 60_000;
const reserved = new Map<string, number>();

/** A port that nothing on this machine listens on, on any address. */
export async function freePort(): Promise<number> {
  const range = await readFile(RANGE_FILE, "utf8").catch(() => String(USUAL_EPHEMERAL));
  return choosePort("this machine", Number.parseInt(range, 10), isFree);
}

/**
 * A port that is free and that this process has not just handed out for the same host. If possible below `ephemeral`,
 * where outgoing connections begin: one of them could hold it by the time a release that starts slowly opens it. Rejects
 * when next to all are taken.
 */
export async function choosePort(
  host: string,
  ephemeral: number,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  const highest = ephemeral - LOWEST >= ROOM ? ephemeral - 1 : HIGHEST;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST, highest + 1);
    if (!reserved.has(`${host} ${port}`) && (await isFree(port)) && reserve(`${host} ${port}`)) return port;
  }
  throw new Error(`no port between ${LOWEST} and ${highest} is free on ${host}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

function reserve(key: string): boolean {
  const now = performance.now();
  for (const [other, until] of reserved) if (until < now) reserved.delete(other);
  if (reserved.has(key)) return false;
  reserved.set(key, now + RESERVED_MS);
  return true;
}
