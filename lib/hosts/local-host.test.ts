import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { hostContract } from "./host-contract";
import { LocalHost } from "./local-host";
import { scanTree } from "./scan-tree";

const folder = await mkdtemp(join(tmpdir(), "landfall-host-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const ECHO = `
const to = JSON.parse(process.argv[1]);
const server = require("node:net").createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
server.listen(to.socketPath ?? to.port);
`;

hostContract({
  name: "this machine",
  open: () => new LocalHost(),
  folder,
  source: `import { LocalHost } from "./lib/hosts/local-host"; const host = new LocalHost();`,
  echoServer: (at) => [process.execPath, "-e", ECHO, JSON.stringify(at)],
});

test("a copied tree shares no file with its source", async () => {
  const source = join(folder, "source");
  const to = join(folder, "release");
  const host = new LocalHost();
  await host.makeDirectory(source);
  await writeFile(join(source, "file"), "x");
  await host.putTree(await scanTree(source), to, {});
  expect((await stat(join(to, "file"))).ino).not.toBe((await stat(join(source, "file"))).ino);
});
