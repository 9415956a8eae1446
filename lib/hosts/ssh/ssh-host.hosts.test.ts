import { afterAll, expect, test } from "vitest";
import type { UserName } from "@/e2e/hosts/facts";
import { takeHost } from "@/e2e/hosts/take-host";
import type { HostUnderTest } from "../contract/bench";
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

const under = (user: UserName): HostUnderTest => {
  const settings = settingsFor(server, { user });
  return {
    name: `a server over SSH, as ${user}`,
    open: () => openSshHost(settings),
    folder,
    source: sourceOf(settings),
    echoServer: (at) => ["python3", "-c", ECHO, JSON.stringify(at)],
  };
};

hostContract(under("root"));
// Every command is one of sudo's, and a way of its own leads to sockets. Files are served by the same program, as root.
hostContract(under("deploy"), ["commands", "connections"]);

test("a user with sudo has root's files", async () => {
  const host = openSshHost(settingsFor(server, { user: "deploy" }));
  const path = `${folder}/of/root`;
  await host.writeFile(path, "secret", { mode: 0o600 });
  expect((await host.readFile(path)).toString()).toBe("secret");
  expect(await host.stat(path)).toMatchObject({ kind: "file", size: 6, mode: 0o600 });
  expect((await server.exec(["stat", "-c", "%U %a", path, `${folder}/of`])).split("\n")).toEqual([
    "root 600",
    "root 755",
    "",
  ]);
  expect(await host.list(`${folder}/of`)).toEqual(["root"]);
  await host.remove(`${folder}/of`);
  expect(await host.stat(path)).toBeNull();
  await host.close();
});
