import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SYSTEM } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { published, subscribe } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { listBackups } from "./backup-store";
import { endAbandonedBackups, forgetOutdated, matchStorage, publishOverdue } from "./backup-upkeep";
import { connected, withScratchDatabase } from "./databases";
import { compareWithManifest, loadArchive } from "./load-archive";
import { makeBackup, proveArchive } from "./make-backup";
import { backupStorage } from "./open-storage";
import { readManifest } from "./read-archive";
import { beginBackup, requestBackup } from "./request-backup";
import { listSequences, listTables, readTable } from "./tables";
import { anInstallation, unpackAll } from "./test-backups";
import { takeSnapshot } from "./write-archive";

subscribe("watcher", ["backup.failed", "backup.overdue"]);

let url: string;
let folder: string;
let person: Awaited<ReturnType<typeof anInstallation>>["person"];
beforeAll(async () => {
  const database = await testDatabase();
  url = database.url;
  folder = join(database.dataDir, "backups");
  ({ person } = await anInstallation());
});
afterAll(async () => (await queue()).stop({ graceful: false }));

async function aBackup(name: string) {
  return makeBackup(await beginBackup({ name, trigger: "command" }, SYSTEM));
}

test("a backup is one file for its owner alone, proven, and says what is in it", async () => {
  const backup = await aBackup("first");
  expect(backup).toMatchObject({ state: "succeeded", problem: null, storage: "folder", place: folder });
  expect(backup.proof).toMatchObject({ state: "proven", problem: null });
  expect(backup.contents).toMatchObject({ key: "left-out", files: [] });
  const file = join(folder, "first.tar.gz");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(file)).size).toBe(backup.bytes);
  const [first] = await unpackAll(file);
  expect(first?.[0]).toBe("manifest.json");
  expect(await readdir(join(folder, "../backup-work"))).toEqual([]);
  // Other test files create backups on the same server.
  const databases =
    await db.$queryRaw`SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '_proof_')`;
  expect(databases).toEqual([]);
});

test("a row that is changed in the restored database is found, and so is one that is gone", async () => {
  await aBackup("compared");
  const file = join(folder, "compared.tar.gz");
  const manifest = await readManifest(file);
  await withScratchDatabase(url, async (scratch) => {
    await loadArchive(scratch, file, manifest);
    await compareWithManifest(scratch, manifest);
    await connected(scratch, (client) => client.query("UPDATE log_chunk SET line_count = 2 WHERE number = 7"));
    await expect(compareWithManifest(scratch, manifest)).rejects.toMatchObject({
      code: "backup-differs",
      params: { table: "log_chunk" },
    });
    await connected(scratch, (client) => client.query("DELETE FROM log_chunk WHERE number = 7"));
    await expect(compareWithManifest(scratch, manifest)).rejects.toMatchObject({ params: { table: "log_chunk" } });
  });
});

test("what is written meanwhile is in it as a whole or not at all", async () => {
  let writing = true;
  const write = async () => {
    for (let number = 1; writing; number++) {
      const name = `pair-${number}`;
      await db.$transaction([
        db.auditEvent.create({ data: { actorName: name, action: "pair", subjectType: "pair" } }),
        db.rateLimit.create({ data: { key: name } }),
      ]);
    }
  };
  const writer = write();
  await expect.poll(() => db.rateLimit.count()).toBeGreaterThan(5);
  const backup = await aBackup("busy");
  writing = false;
  await writer;
  expect(backup.proof).toMatchObject({ state: "proven" });
  const entries = new Map(await unpackAll(join(folder, "busy.tar.gz")));
  const pairsIn = (table: string) =>
    new Set(
      entries
        .get(`tables/${table}.copy`)
        ?.toString()
        .match(/pair-\d+/g) ?? [],
    );
  expect(pairsIn("audit_event").size).toBeGreaterThan(5);
  expect(pairsIn("audit_event")).toEqual(pairsIn("rate_limit"));
});

test("identity and computed columns, sequences and tables without a key come back as they were", async () => {
  const folderOf = (await testDatabase()).dataDir;
  const define = `CREATE TABLE odd (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Name" text, twice int GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE keyless (b bytea, f float8); CREATE SEQUENCE counter`;
  await withScratchDatabase(url, async (from) => {
    await connected(from, async (client) => {
      await client.query(`${define}; INSERT INTO odd ("Name") VALUES ('é'), (NULL), (''); SELECT nextval('counter');
        INSERT INTO keyless VALUES ('\\x00ff', 0.1), (NULL, 'NaN'); CREATE TABLE _prisma_migrations
        (migration_name text, checksum text, rolled_back_at timestamptz, finished_at timestamptz)`);
      const tables = await listTables(client);
      expect(tables.map(({ name, columns }) => [name, columns])).toEqual([
        ["keyless", ["b", "f"]],
        ["odd", ["id", "Name"]],
      ]);
      const sums = [];
      for (const table of tables) sums.push(await readTable(client, table));
      expect(sums.map(({ rows }) => rows)).toEqual([2, 3]);
      expect(await listSequences(client)).toContainEqual({ name: "counter", value: "1", isCalled: true });
    });
    const { tables, sequences } = await takeSnapshot(from, folderOf);
    expect(tables.map(({ rows }) => rows)).toEqual([2, 3]);
    expect(sequences.map(({ name, value }) => [name, value])).toContainEqual(["odd_id_seq", "3"]);
  });
});

test("what is no longer kept is gone from the storage and the list, safety backups counted apart", async () => {
  const kept = async () => (await readdir(folder)).filter((file) => file.endsWith(".gz")).sort();
  await aBackup("safety-one");
  await aBackup("newest");
  await forgetOutdated(1);
  expect(await kept()).toEqual(["newest.tar.gz", "safety-one.tar.gz"]);
  expect((await readdir(folder)).filter((file) => file.endsWith(".sha256"))).toHaveLength(2);
  expect(await db.backup.findMany({ where: { state: "succeeded" }, select: { name: true } })).toHaveLength(2);
});

test("a backup whose maker died ends, and one that waits for no worker too", async () => {
  const id = await beginBackup({ name: "orphan", trigger: "command" }, SYSTEM);
  await db.backup.update({ where: { id }, data: { state: "running", seenAt: new Date(Date.now() - 120_000) } });
  await endAbandonedBackups();
  expect(await db.backup.findUniqueOrThrow({ where: { id } })).toMatchObject({
    state: "failed",
    problem: { code: "backup-interrupted" },
  });
});

test("what a dead worker began is begun again by the next, and its leavings go", async () => {
  const id = await beginBackup({ name: "again", trigger: "person" }, SYSTEM);
  await db.backup.update({ where: { id }, data: { state: "running" } });
  const left = join(folder, "../backup-work", id);
  await mkdir(left, { recursive: true });
  await writeFile(join(left, "user.copy"), "half a row");
  expect(await makeBackup(id)).toMatchObject({ state: "succeeded", proof: { state: "proven" } });
  expect(await readdir(join(folder, "../backup-work"))).toEqual([]);
});

test("a user who may not make databases gets a backup that says that it is not proven, and why", async () => {
  await aBackup("unprovable");
  const role = `limited_${process.pid}`;
  await connected(url, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'limited'`));
  const limited = new URL(url);
  limited.username = role;
  limited.password = "limited";
  const file = join(folder, "unprovable.tar.gz");
  const { sha256 } = await backupStorage().then((storage) => storage.fetch("unprovable", folder));
  const proof = await proveArchive(limited.href, { file, sha256: sha256 ?? "" });
  expect(proof).toMatchObject({ state: "unproven", problem: { code: "backup-unprovable" } });
  await connected(url, (client) => client.query(`DROP ROLE ${role}`));
});

test("one that is told to stop waits again, and leaves nothing behind", async () => {
  const id = await beginBackup({ name: "stopped", trigger: "command" }, SYSTEM);
  const stopping = new AbortController();
  const report = (what: string) => {
    if (what === "save log_chunk") stopping.abort(new Error("stop"));
  };
  await expect(makeBackup(id, { signal: stopping.signal, report })).rejects.toThrow("stop");
  expect(await db.backup.findUniqueOrThrow({ where: { id } })).toMatchObject({ state: "queued" });
  expect(await readdir(folder)).not.toContain("stopped.tar.gz");
  expect((await makeBackup(id)).state).toBe("succeeded");
});

test("one at a time, each name once, and the request is on the audit trail", async () => {
  const asked = await requestBackup({ name: "asked" }, person);
  expect(asked).toMatchObject({ state: "queued", trigger: "person", by: person.name });
  await expect(requestBackup({}, person)).rejects.toMatchObject({ code: "backup-running" });
  expect((await makeBackup(asked.id)).state).toBe("succeeded");
  await expect(requestBackup({ name: "asked" }, person)).rejects.toMatchObject({ code: "name-taken" });
  expect(await db.auditEvent.count({ where: { action: "backup.create", subjectName: "asked" } })).toBe(1);
  await expect(requestBackup({}, { ...person, role: "viewer" })).rejects.toMatchObject({ code: "forbidden" });
});

test("the rows follow what the storage holds", async () => {
  await aBackup("taken-away");
  await writeFile(join(folder, "brought.tar.gz"), "x");
  await rm(join(folder, "taken-away.tar.gz"));
  await matchStorage();
  const { items } = await listBackups();
  expect(items.find(({ name }) => name === "brought")).toMatchObject({ trigger: "found", proof: null, bytes: 1 });
  expect(items.find(({ name }) => name === "taken-away")).toMatchObject({
    state: "failed",
    problem: { code: "backup-missing" },
  });
  await rm(join(folder, "brought.tar.gz"));
});

test("a name that the storage has already is not written over", async () => {
  await writeFile(join(folder, "foreign.tar.gz"), "somebody else's");
  const backup = await aBackup("foreign");
  expect(backup).toMatchObject({ state: "failed", problem: { code: "name-taken" } });
  expect((await stat(join(folder, "foreign.tar.gz"))).size).toBe(15);
});

test("a backup that failed is published, and an overdue one once", async () => {
  const before = await published("watcher");
  const failed = await beginBackup({ name: "silent", trigger: "command" }, SYSTEM);
  await endAbandonedBackups(Date.now() + 60 * 60_000);
  const problem = { code: "backup-interrupted", params: {} };
  expect((await published("watcher")).slice(before.length)).toEqual([
    { type: "backup.failed", backupId: failed, problem },
  ]);
  const inTwoDays = new Date(Date.now() + 2 * 24 * 60 * 60_000);
  await publishOverdue(new Date());
  await publishOverdue(inTwoDays);
  await publishOverdue(inTwoDays);
  expect((await published("watcher")).slice(before.length + 1)).toEqual([
    { type: "backup.overdue", since: expect.any(String) },
  ]);
});
