import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { UserName } from "@/e2e/hosts/facts";
import { takeHost } from "@/e2e/hosts/take-host";
import { Secret } from "@/lib/platform/secrets/secret";
import { removeTree } from "../copy-tree";
import type { Host, PutTreeOptions, SourceTree, TreeEntry } from "../host";
import { scanTree } from "../scan-tree";
import { serverFor } from "../ssh/server-pool";
import type { SshSettings } from "../ssh/settings";
import { openSshHost } from "../ssh/ssh-host";
import { stagingPath } from "../unfinished";
import { sendTree } from "./send-tree";

const server = await takeHost();
const hosts: Host[] = [];
const host = hostAs("root");
let folder: string;
let source: string;
let place: string;
let cases = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-transfer-"));
  source = join(folder, "source");
  await mkdir(source);
  cases += 1;
  place = `/srv/transfer-${cases}`;
});
afterEach(() => removeTree(folder));
afterAll(async () => {
  await removeTree(bigFolder);
  await Promise.all(hosts.map((one) => one.close()));
});

/** Takes long enough to send that something can happen meanwhile. */
let big: SourceTree;
let bigFolder: string;
beforeAll(async () => {
  bigFolder = await mkdtemp(join(tmpdir(), "landfall-transfer-"));
  for (let file = 0; file < 100; file += 1) await writeFile(join(bigFolder, `${file}`), randomBytes(600_000));
  big = await scanTree(bigFolder);
});

function settingsOf(user: UserName): SshSettings {
  const { address, port, hostKeys, keys } = server;
  const privateKey = new Secret(readFileSync(keys.ed25519.file, "utf8"));
  return { host: address, port, user, hostKey: hostKeys.ed25519.line, key: { privateKey } };
}

function hostAs(user: UserName): Host {
  const opened = openSshHost(settingsOf(user));
  hosts.push(opened);
  return opened;
}

async function put(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(source, path)), { recursive: true });
  await writeFile(join(source, path), content);
  await chmod(join(source, path), mode);
}

/** Files that cannot be compressed. */
async function manyFiles(): Promise<SourceTree> {
  for (let file = 0; file < 1_000; file += 1) await put(`d${file % 40}/e${file % 7}/${file}`, randomBytes(20_000));
  return scanTree(source);
}

async function anOddSource(): Promise<SourceTree> {
  for (const name of ["-n", "a\nb", "it's", '"q"', "$(touch x)", "ü/日本", "back\\slash", " ", "\u{1f6a2}"]) {
    await put(name, `in ${name}`);
  }
  await put(`${"long/".repeat(30)}${"n".repeat(120)}`, "deep", 0o400);
  await put("closed/secret", "x", 0o600);
  await mkdir(join(source, "empty/inner"), { recursive: true });
  await symlink("closed/secret", join(source, "link"));
  await symlink("../closed", join(source, "empty/up"));
  await chmod(join(source, "closed"), 0o500);
  return scanTree(source);
}

const LIST = `
import hashlib, json, os, stat, sys
entries = []
for folder, directories, files in os.walk(sys.argv[1]):
    for name in directories + files:
        path = os.path.join(folder, name)
        stats = os.lstat(path)
        entry = {"path": os.path.relpath(path, sys.argv[1]), "mode": stats.st_mode & 0o7777, "size": 0, "digest": ""}
        if stat.S_ISLNK(stats.st_mode):
            entry.update(kind="symlink", mode=0o777, digest=os.readlink(path))
        elif stat.S_ISREG(stats.st_mode):
            with open(path, "rb") as file:
                entry.update(kind="file", size=stats.st_size, digest=hashlib.sha256(file.read()).hexdigest())
        else:
            entry.update(kind="directory")
        entries.append(entry)
print(json.dumps(entries))`;

async function expectSame(path: string, tree: SourceTree): Promise<void> {
  const there: TreeEntry[] = JSON.parse(await server.exec(["python3", "-c", LIST, path]));
  expect(there.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(tree.entries);
  expect(await host.stat(stagingPath(path))).toBeNull();
}

/** Calls `happen` once, when a part of the bytes has arrived; records the progress of each report. */
function midway(part: number, happen: () => Promise<void>) {
  const reports: number[] = [];
  let happening: Promise<void> | undefined;
  const onProgress: PutTreeOptions["onProgress"] = ({ bytes, totalBytes }) => {
    reports.push(bytes / totalBytes);
    if (bytes > totalBytes * part) happening ??= happen();
  };
  return { reports, onProgress, happened: async () => (await happening) ?? happening !== undefined };
}

test("1,000 files of 20 MB arrive, and then the one that has changed", async () => {
  const tree = await manyFiles();
  expect(await host.putTree(tree, `${place}/1`, {})).toMatchObject({ files: 1_000, sentFiles: 1_000 });
  await expectSame(`${place}/1`, tree);
  await put("d1/e1/1", "changed");
  const next = await scanTree(source);
  const result = await host.putTree(next, `${place}/2`, { base: { path: `${place}/1`, entries: tree.entries } });
  expect(result).toMatchObject({ files: 1_000, sentFiles: 1, sentBytes: 7 });
  await expectSame(`${place}/2`, next);
});

test("odd names, closed folders and links arrive, also for a user who is not root and with busybox's tools", async () => {
  const tree = await anOddSource();
  await hostAs("deploy").putTree(tree, `${place}/1`, {});
  await expectSame(`${place}/1`, tree);

  await server.script("mkdir -p /opt/busybox && busybox --install -s /opt/busybox");
  const { shell, files } = serverFor(settingsOf("root"));
  const remote = {
    run: ((command, options) =>
      shell.run({ ...command, env: { PATH: "/opt/busybox" } }, options)) satisfies Host["run"],
    stat: files.stat.bind(files),
    makeDirectory: files.makeDirectory.bind(files),
    upload: files.upload.bind(files),
  };
  await server.script('echo tampered >"$1"', [`${place}/1/-n`]);
  const result = await sendTree(remote, tree, `${place}/2`, { base: { path: `${place}/1`, entries: tree.entries } });
  expect(result).toMatchObject({ sentFiles: 1 });
  await expectSame(`${place}/2`, tree);
});

test("cut connections and a restarted sshd in between cost what was under way, not more", async () => {
  const cut = midway(0.3, async () => {
    await server.faults.restartSshd();
    await server.faults.cutConnections();
  });
  await host.putTree(big, `${place}/1`, { onProgress: cut.onProgress });
  expect(await cut.happened()).toBe(true);
  expect(cut.reports).toEqual(cut.reports.toSorted((a, b) => a - b));
  await expectSame(`${place}/1`, big);
});

test("a network that is gone for half a minute is waited for", async () => {
  const cut = midway(0.3, () => server.faults.dropNetwork({ seconds: 30 }));
  await host.putTree(big, `${place}/1`, { onProgress: cut.onProgress });
  expect(await cut.happened()).toBe(true);
  await expectSame(`${place}/1`, big);
});

test.each([
  ["for the pack", 8, (bytes: number) => randomBytes(bytes)],
  ["for what the pack becomes", 8, (bytes: number) => Buffer.alloc(bytes, "words of a file ")],
])("a disk without room %s is told as such, and undone is undone", async (_, freeMiB, content) => {
  for (let file = 0; file < 20; file += 1) await put(`file-${file}`, content(1_000_000));
  const tree = await scanTree(source);
  await server.faults.fillDisk(place, { freeMiB });
  const full = expect.objectContaining({ code: expect.stringMatching(/^(disk-full|ENOSPC)$/) });
  await expect(host.putTree(tree, `${place}/1`, {})).rejects.toEqual(full);
  expect(await host.stat(`${place}/1`)).toBeNull();
  await server.faults.freeDisk(place);
  await host.putTree(tree, `${place}/1`, {});
  await expectSame(`${place}/1`, tree);
  await host.remove(`${place}/1`);
  expect(await host.list(place)).toEqual([]);
});

test("a cancel ends it at once; the staging place is all it leaves, and removing that leaves nothing", async () => {
  const abort = new AbortController();
  const cancel = midway(0.2, async () => abort.abort(new Error("cancelled")));
  const sending = host.putTree(big, `${place}/1`, { signal: abort.signal, onProgress: cancel.onProgress });
  await expect(sending).rejects.toThrow("cancelled");
  expect(await host.list(place)).toEqual([".incoming-1"]);
  await host.remove(stagingPath(`${place}/1`));
  expect(await host.list(place)).toEqual([]);
});
