import { randomInt } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import type { RemoteShell } from "./remote-shell";

/** The first port outgoing connections may take, then the listening sockets: the second word ends in the port. */
const SCRIPT = `cat /proc/sys/net/ipv4/ip_local_port_range; grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 || :`;

/** Below are the ports people choose; where outgoing connections start that low, there is no room of our own. */
const LOWEST = 15_000;
const HIGHEST = 60_999;
const ROOM = 1_000;

/** How long a port that was handed out counts as taken: whoever asked for it listens soon. */
const RESERVED_MS = 60_000;
const reserved = new Map<string, number>();

/**
 * A port nothing listens on, and that this process has not just handed out for the same host. If possible below those
 * that outgoing connections take, so that none of them is there first.
 */
export async function freePort(shell: RemoteShell, host: string): Promise<number> {
  const { stdout, exitCode } = await shell.run({ args: ["sh", "-c", SCRIPT] });
  const [range = "", ...sockets] = stdout.trim().split("\n");
  const ephemeral = Number.parseInt(range, 10);
  if (exitCode !== 0 || !ephemeral) throw new Problem("command-failed", { params: { command: "cat" } });
  const taken = new Set(sockets.map(portOf));
  const highest = ephemeral - LOWEST >= ROOM ? ephemeral - 1 : HIGHEST;
  for (;;) {
    const port = randomInt(LOWEST, highest + 1);
    if (!taken.has(port) && reserve(`${host} ${port}`)) return port;
  }
}

/** A line of /proc/net/tcp: "0: 0100007F:1F90 00000000:0000 0A …". */
function portOf(line: string): number {
  return Number.parseInt(line.trim().split(/\s+/)[1]?.split(":")[1] ?? "", 16);
}

function reserve(key: string): boolean {
  const now = performance.now();
  for (const [other, until] of reserved) if (until < now) reserved.delete(other);
  if (reserved.has(key)) return false;
  reserved.set(key, now + RESERVED_MS);
  return true;
}
