import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, symlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
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

test("what is no regular file is refused and not waited for", async () => {
  const host = new LocalHost();
  const at = (name: string) => join(folder, name);
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync("pipe", at("to-pipe"));
  symlinkSync("/dev/zero", at("device"));
  const server = createServer().listen(at("socket"));
  await once(server, "listening");
  await mkdir(at("directory"));
  for (const name of ["pipe", "to-pipe", "device", "socket", "directory"]) {
    const refused = { code: "command-failed", params: { command: "open" } };
    await expect(host.openRead(at(name)), name).rejects.toMatchObject(refused);
    await expect(host.readFile(at(name)), name).rejects.toMatchObject(refused);
  }
  server.close();
});

/** What a running service does while one of its releases is removed. */
const EXCHANGE = `
const { existsSync, renameSync } = require("node:fs");
const [tree, first] = process.argv.slice(1);
console.log("ready");
const end = Date.now() + 20_000;
while (Date.now() < end && existsSync(first));
renameSync(tree + "/x", tree + "-aside");
renameSync(tree + "-link", tree + "/x");
`;

test("a removal follows no link that takes the place of a folder meanwhile", async () => {
  const [tree, others] = [join(folder, "tree"), join(folder, "others")];
  for (const place of [join(tree, "x/kept"), join(others, "kept")]) {
    await mkdir(place, { recursive: true });
    for (let at = 0; at < 3_000; at += 1) await writeFile(join(place, String(at)), "");
  }
  symlinkSync(others, `${tree}-link`);
  const service = spawn(process.execPath, ["-e", EXCHANGE, tree, join(tree, "x/kept/0")]);
  const ended = once(service, "close");
  await once(service.stdout, "data");
  await new LocalHost().remove(tree).catch(() => {}); // the exchanged link may be in its way
  await ended;
  expect(readdirSync(join(others, "kept"))).toHaveLength(3_000);
});
