import { afterAll, expect, test } from "vitest";
import { users } from "@/e2e/hosts/facts";
import { takeHost } from "@/e2e/hosts/take-host";
import { hostContract } from "../host-contract";
import { serverFor } from "./server-pool";
import { SharedSftp } from "./shared-sftp";
import { openSshHost } from "./ssh-host";
import { settingsFor, sourceOf } from "./test-settings";

const server = await takeHost();
const folder = "/var/tmp/landfall contract";
afterAll(() => server.exec(["rm", "-rf", folder]));

const ECHO = `
import json, os, socket, sys
to = json.loads(sys.argv[1])
if "socketPath" in to:
    server = socket.socket(socket.AF_UNIX)
    server.bind(to["socketPath"])
else:
    server = socket.create_server(("127.0.0.1", to["port"]))
server.listen(50)
while True:
    client, _ = server.accept()
    try:
        for data in iter(lambda: client.recv(65536), b""):
            client.sendall(data)
    except OSError:
        pass
    client.close()
`;

for (const user of users) {
  const settings = settingsFor(server, { user });
  hostContract({
    name: `a server over SSH, as ${user}`,
    open: () => openSshHost(settings),
    folder,
    source: sourceOf(settings),
    echoServer: (at) => ["python3", "-c", ECHO, JSON.stringify(at)],
  });
}

test.each(users)("a pipe that takes a file's place as it is opened holds nobody up, as %s", async (user) => {
  const { connections, shell } = serverFor(settingsFor(server, { user }));
  connections.join();
  const sftp = new SharedSftp(connections, shell, 1_000);
  const pipe = `/run/pipe-${user}`;
  await server.exec(["mkfifo", pipe]);
  // As if it had been a file a moment ago: the server of the protocol waits for somebody who writes.
  const asked = sftp.once((session) => Promise.all([session.open(pipe, "read"), session.stat("/")]));
  await expect(asked).rejects.toMatchObject({ code: "host-lost" });
  // A pipe can be opened for writing at once only where somebody waits to read.
  const { exitCode } = await server.tryExec(["dd", "if=/dev/null", `of=${pipe}`, "oflag=nonblock"]);
  expect(exitCode).toBe(1);
  expect((await sftp.once((session) => session.stat("/"))).isDirectory()).toBe(true);
  connections.leave();
});
