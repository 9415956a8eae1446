import { once } from "node:events";
import type { ClientChannel } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { ChannelEnd } from "./ssh-connection";

/**
 * Connects to something on the host that sshd does not, or not as the user who signs in, and passes bytes on. Both
 * directions at once, or two sides that wait for each other would wait for ever. When nobody listens to it any more,
 * the connection is gone and it ends.
 */
const PYTHON = `
import errno, os, select, socket, sys, threading
to = sys.argv[1:]
try:
    if len(to) == 1:
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(to[0])
    else:
        peer = socket.create_connection((to[0], int(to[1])))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
except OSError as error:
    print(errno.errorcode.get(error.errno, "EIO"), flush=True)
    sys.exit(1)
print("connected", flush=True)
def send():
    for data in iter(lambda: os.read(0, 65536), b""):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
    listener = select.poll()
    listener.register(1, 0)
    listener.poll()
    os._exit(0)
threading.Thread(target=send, daemon=True).start()
for data in iter(lambda: peer.recv(65536), b""):
    while data:
        data = data[os.write(1, data):]
`;

const START = `
script=$1
shift
for python in python3 /usr/libexec/platform-python; do
  command -v "$python" >/dev/null && exec "$python" -c "$script" "$@"
done
echo missing
`;

/** The command whose input and output are the connection, after a first line that says whether there is one. */
export function relayCommand(to: Exclude<ChannelEnd, { command: string }>): string[] {
  const address = "socketPath" in to ? [to.socketPath] : [to.host, String(to.port)];
  return ["/bin/sh", "-c", START, "relay", PYTHON, ...address];
}

/** Reads that first line. Rejects with `tool-missing`, or an error with the `code` the host gave (`ECONNREFUSED`). */
export async function awaitRelay(channel: ClientChannel): Promise<void> {
  channel.stderr.resume();
  const line = await firstLine(channel);
  if (line === "connected") return;
  // Resumed, because a channel closes only when all of it was read.
  channel.resume().close();
  if (line === "missing") throw new Problem("tool-missing", { params: { tool: "python3" } });
  throw Object.assign(new Error(`connect ${line}`), { code: line });
}

/** What comes behind the line stays in the channel. */
async function firstLine(channel: ClientChannel): Promise<string> {
  let read = Buffer.alloc(0);
  for (let end = -1; ; end = read.indexOf("\n")) {
    if (end !== -1) {
      if (end + 1 < read.length) channel.unshift(read.subarray(end + 1));
      return read.subarray(0, end).toString("utf8");
    }
    const chunk: Buffer | null = channel.read();
    if (chunk) read = Buffer.concat([read, chunk]);
    else if (channel.readableEnded) throw new Problem("host-lost", { detail: "the relay ended" });
    else await Promise.race([once(channel, "readable"), once(channel, "end")]);
  }
}
