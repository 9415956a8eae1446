import { afterAll } from "vitest";
import { users } from "@/e2e/hosts/facts";
import { takeHost } from "@/e2e/hosts/take-host";
import { hostContract } from "../host-contract";
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
