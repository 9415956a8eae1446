import { Problem } from "@/lib/contracts/problem";
import { choosePort, RANGE_FILE } from "../free-port";
import type { RemoteShell } from "./remote-shell";

/** The first port outgoing connections may take, then the listening sockets: the second word ends in the port. */
const SCRIPT = `cat ${RANGE_FILE}; grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 || :`;

/** As on this machine; rejects with `command-failed` where the server's kernel does not tell. */
export async function freePort(shell: RemoteShell, host: string): Promise<number> {
  const { stdout, exitCode } = await shell.run({ args: ["sh", "-c", SCRIPT] });
  const [range = "", ...sockets] = stdout.trim().split("\n");
  const ephemeral = Number.parseInt(range, 10);
  if (exitCode !== 0 || !ephemeral) throw new Problem("command-failed", { params: { command: "cat" } });
  const taken = new Set(sockets.map(portOf));
  return choosePort(host, ephemeral, async (port) => !taken.has(port));
}

/** A line of /proc/net/tcp: "0: 0100007F:1F90 00000000:0000 0A …". */
function portOf(line: string): number {
  return Number.parseInt(line.trim().split(/\s+/)[1]?.split(":")[1] ?? "", 16);
}
