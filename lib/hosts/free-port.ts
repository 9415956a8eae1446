import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "./host";

/** Begins with the first port that outgoing connections may take. */
const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
/** The default of Linux; other systems begin later. */
const USUAL_EPHEMERAL = 32_768;

/** Below are the ports people choose; a host whose outgoing connections start that low has no range of our own. */
const LOWEST = 15_000;
const HIGHEST = 60_999;
const ROOM = 1_000;
/** Services may listen on every port of a host: then the search must end. */
const TRIES = 2_000;

/** How long a port that was handed out counts as taken: the caller listens on it soon. */
const RESERVED_MS = 60_000;
const reserved = new Map<string, number>();

/** A port that nothing on this machine listens on, on any address. */
export async function freePort(): Promise<number> {
  const range = await readFile(RANGE_FILE, "utf8").catch(() => String(USUAL_EPHEMERAL));
  return choosePort("this machine", Number.parseInt(range, 10), isFree);
}

/** The first port that outgoing connections may take, then the listening sockets: the second word ends in the port. */
const LIST = `cat ${RANGE_FILE}; grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 || :`;

/** The same on another host; rejects with `command-failed` where its kernel does not tell. */
export async function freePortOn(host: Pick<Host, "label" | "run">): Promise<number> {
  const { stdout, exitCode } = await host.run({ args: ["sh", "-c", LIST] });
  const [range = "", ...sockets] = stdout.trim().split("\n");
  const ephemeral = Number.parseInt(range, 10);
  if (exitCode !== 0 || !ephemeral) throw new Problem("command-failed", { params: { command: "cat" } });
  const taken = new Set(sockets.map(portOf));
  return choosePort(host.label, ephemeral, async (port) => !taken.has(port));
}

/** A line of /proc/net/tcp: "0: 0100007F:1F90 00000000:0000 0A …". */
function portOf(line: string): number {
  return Number.parseInt(line.trim().split(/\s+/)[1]?.split(":")[1] ?? "", 16);
}

/**
 * A port that is free and that this process has not just handed out for the same host. If possible below `ephemeral`,
 * where outgoing connections begin: one of them could have taken it by the time a slow release opens it. Rejects when next
 * to all are taken.
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
