import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SYSTEM } from "@/lib/contracts/user";
import { tokenHash } from "@/lib/domain/tokens/make-token";
import { db, disconnect } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { queue } from "@/lib/platform/queue/boss";
import { seal, unseal, writeFormat } from "@/lib/platform/secrets/seal";
import { revealAll, secretsOf } from "@/lib/platform/secrets/secret";
import { revealRevision } from "@/lib/services/environment-store";
import { targetPlace } from "@/lib/targets/kind";
import { connected, dropDatabase } from "./databases";
import { makeBackup } from "./make-backup";
import type { Manifest } from "./manifest";
import { beginBackup } from "./request-backup";
import { checkRestorable, restoreArchive } from "./restore-archive";
import { listTables, readTable } from "./tables";
import { anInstallation, type Entries, packAll, SECRET_VALUE, unpackAll } from "./test-backups";

const PASSPHRASE = "correct horse battery";
const OPTIONS = { actor: SYSTEM, verify: async () => undefined };

let url: string;
let folder: string;
let keyFile: string;
let firstKey: string;
let installation: Awaited<ReturnType<typeof anInstallation>>;
let archive: string;
let sha256: string;
let manifest: Manifest;

beforeAll(async () => {
  const database = await testDatabase();
  ({ url } = database);
  folder = await mkdtemp(join(tmpdir(), "landfall-restore-"));
  keyFile = join(database.dataDir, "secret.key");
  firstKey = process.env.LANDFALL_SECRET_KEY ?? "";
  delete process.env.LANDFALL_SECRET_KEY;
  await writeFile(keyFile, `${firstKey}\n`, { mode: 0o600 });
  await writeFile(join(folder, ".env.production"), "A=1\n");
  process.env.LANDFALL_SECRET_KEY_FILE = keyFile;
  process.env.BACKUP_PASSPHRASE = PASSPHRASE;
  process.env.BACKUP_FILES = `${folder}/.env.production:${folder}/missing`;
  installation = await anInstallation();
  const backup = await makeBackup(await beginBackup({ name: "all", trigger: "command" }, SYSTEM));
  expect(backup).toMatchObject({ state: "succeeded", proof: { state: "proven" } });
  expect(backup.contents).toMatchObject({ key: "sealed", files: [".env.production"], filesLeftOut: ["missing"] });
  archive = join(database.dataDir, "backups/all.tar.gz");
  sha256 = backup.sha256 ?? "";
  ({ manifest } = await checkRestorable(archive, sha256));
});
beforeEach(() => writeFile(keyFile, `${firstKey}\n`));
afterAll(async () => {
  await (await queue()).stop({ graceful: false });
  await disconnect();
  for (const name of await besides()) await dropDatabase(url, name);
});

/** Databases that a restore created or kept. */
async function besides(): Promise<string[]> {
  const { rows } = await connected(url, (client) =>
    client.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE starts_with(datname, left(current_database(), 40)) AND datname <> current_database()",
    ),
  );
  return rows.map(({ datname }) => datname);
}

async function sumsNow(): Promise<Map<string, string>> {
  return connected(url, async (client) => {
    const sums = new Map<string, string>();
    for (const table of await listTables(client)) sums.set(table.name, (await readTable(client, table)).sha256);
    return sums;
  });
}

test("every row of every table comes back, and everything with it works", async () => {
  await db.user.create({ data: { email: "later@example.com", name: "later", role: "member" } });
  await db.deployment.update({ where: { id: installation.deployment.id }, data: { state: "succeeded" } });
  await db.uploadChunk.deleteMany();
  const restored = await restoreArchive(await checkRestorable(archive, sha256), OPTIONS);
  expect(restored).toMatchObject({ resumed: 1, keysAdded: 0 });

  const sums = await sumsNow();
  for (const table of manifest.tables.filter(({ name }) => name !== "audit_event"))
    expect(sums.get(table.name), table.name).toBe(table.sha256);
  expect(await db.auditEvent.count({ where: { action: "backup.restore", subjectName: "all" } })).toBe(1);

  const revision = await db.environmentRevision.findFirstOrThrow();
  expect(revealAll(revealRevision(revision))).toEqual({ A: SECRET_VALUE });
  expect(await db.apiToken.count({ where: { hash: tokenHash(installation.token) } })).toBe(1);
  expect(await db.backup.findUniqueOrThrow({ where: { name: "all" } })).toMatchObject({ state: "succeeded" });
  const turns = await db.$queryRaw`SELECT data FROM pgboss.job WHERE data->>'serviceId' = ${installation.service.id}`;
  expect(turns).toHaveLength(1);
  await expect(db.auditEvent.deleteMany()).rejects.toThrow("append-only");
  await expect(
    db.phase.create({ data: { deploymentId: crypto.randomUUID(), position: 0, key: "x" } }),
  ).rejects.toThrow();
  const file = join(restored.filesIn ?? "", ".env.production");
  expect(await readFile(file, "utf8")).toBe("A=1\n");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("no secret is in it in clear: of an environment, a target, a token, a Git server's token or a deploy key", async () => {
  const content = (await unpackAll(archive)).map(([, bytes]) => bytes.toString("latin1")).join("\n");
  expect(content).toContain("landfall kept");
  for (const secret of ["s3cret", "PRIVATE KEY", installation.token, firstKey]) expect(content).not.toContain(secret);
});

test("what a version before bound to no place comes back bound to its own", async () => {
  const { id } = await db.target.findFirstOrThrow({ where: { name: "web-1" } });
  writeFormat(2);
  const sealedSecrets = seal(secretsOf({ key: SECRET_VALUE }), targetPlace(id));
  writeFormat(3);
  await db.target.update({ where: { id }, data: { sealedSecrets } });
  const backup = await makeBackup(await beginBackup({ name: "older", trigger: "command" }, SYSTEM));
  expect(backup).toMatchObject({ state: "succeeded", proof: { state: "proven" } });
  await restoreArchive(await checkRestorable(join(archive, "../older.tar.gz"), backup.sha256 ?? ""), OPTIONS);
  const restored = (await db.target.findUniqueOrThrow({ where: { id } })).sealedSecrets ?? "";
  expect(restored).toMatch(/^3\./);
  expect(revealAll(unseal(restored, targetPlace(id)))).toEqual({ key: SECRET_VALUE });
});

test("on another host the archive's key comes behind that host's, and every secret opens", async () => {
  const own = randomBytes(32).toString("hex");
  await writeFile(keyFile, `${own}\n`);
  const restored = await restoreArchive(await checkRestorable(archive, sha256), OPTIONS);
  expect(restored.keysAdded).toBe(1);
  expect((await readFile(keyFile, "utf8")).trim().split("\n")).toEqual([own, firstKey]);
  expect(revealAll(revealRevision(await db.environmentRevision.findFirstOrThrow()))).toEqual({ A: SECRET_VALUE });
});

test("a restored database that does not work is exchanged for the one from before, keys and all", async () => {
  const own = randomBytes(32).toString("hex");
  await writeFile(keyFile, `${own}\n`);
  await db.user.create({ data: { email: "kept@example.com", name: "kept", role: "member" } });
  const before = await sumsNow();
  const kept = await besides();
  const verify = async () => {
    expect(await db.user.count({ where: { email: "kept@example.com" } })).toBe(0);
    throw new Error("no answer");
  };
  const attempt = restoreArchive(await checkRestorable(archive, sha256), { ...OPTIONS, verify });
  await expect(attempt).rejects.toMatchObject({
    code: "restore-reverted",
    detail: expect.stringContaining("no answer"),
  });
  expect(await sumsNow()).toEqual(before);
  expect((await readFile(keyFile, "utf8")).trim()).toBe(own);
  // The next restore removes what the previous one kept. This one leaves nothing.
  expect((await besides()).filter((name) => !kept.includes(name))).toEqual([]);
});

test("keys that cannot be put in place from here are said, and nothing is changed", async () => {
  await writeFile(keyFile, `${randomBytes(32).toString("hex")}\n`);
  const restorable = await checkRestorable(archive, sha256);
  const before = await sumsNow();
  process.env.LANDFALL_SECRET_KEY_FILE = join(folder, "gone/secret.key"); // like a key set from outside
  const beside = join((await testDatabase()).dataDir, "restored/all/secret.key");
  await expect(restoreArchive(restorable, OPTIONS)).rejects.toMatchObject({
    code: "restore-refused",
    detail: expect.stringContaining(beside),
  });
  process.env.LANDFALL_SECRET_KEY_FILE = keyFile;
  expect((await readFile(beside, "utf8")).trim()).toBe(firstKey);
  expect((await stat(beside)).mode & 0o777).toBe(0o600);
  expect(await sumsNow()).toEqual(before);
});

const RESTORE_REFUSALS: [string, (entries: Entries) => Entries, string][] = [
  ["a changed row", (entries) => entries.map(([name, content]) => [name, changed(name, content)]), "backup-damaged"],
  ["a missing table", (entries) => entries.filter(([name]) => name !== "tables/user.copy"), "backup-damaged"],
  ["an entry too many", (entries) => [...entries, ["tables/more.copy", Buffer.from("x\n")]], "backup-damaged"],
  ["a table twice", (entries) => [...entries, ...entries.slice(-1)], "backup-damaged"],
  ["no manifest", (entries) => entries.slice(1), "backup-damaged"],
  ["a manifest that is no JSON", (entries) => withManifest(entries, () => "{"), "backup-damaged"],
  ["a manifest without its tables", (entries) => edited(entries, ({ tables: _, ...rest }) => rest), "backup-damaged"],
  ["another number of rows", (entries) => edited(entries, moreRows), "backup-damaged"],
  ["a later format", (entries) => edited(entries, (text) => ({ ...text, format: 2 })), "backup-newer"],
  ["a later schema", (entries) => edited(entries, laterSchema), "backup-newer"],
  ["another migration of the same name", (entries) => edited(entries, otherMigration), "backup-newer"],
  ["a sealed part that was changed", (entries) => edited(entries, otherSalt), "backup-passphrase-wrong"],
];

function changed(name: string, content: Buffer): Buffer {
  return name === "tables/user.copy" ? Buffer.from(content.toString().replace("admin", "owner")) : content;
}
function withManifest(entries: Entries, change: (text: string) => string): Entries {
  return entries.map(([name, content]) => [
    name,
    name === "manifest.json" ? Buffer.from(change(content.toString())) : content,
  ]);
}
function edited(entries: Entries, change: (manifest: Manifest) => object): Entries {
  return withManifest(entries, (text) => JSON.stringify(change(JSON.parse(text) as Manifest)));
}
function moreRows(of: Manifest): object {
  return { ...of, tables: of.tables.map((table) => (table.name === "user" ? { ...table, rows: 9 } : table)) };
}
function laterSchema(of: Manifest): object {
  return { ...of, migrations: [...of.migrations, { name: "29991231000000_later", checksum: "0".repeat(64) }] };
}
function otherMigration(of: Manifest): object {
  return { ...of, migrations: of.migrations.map(({ name }) => ({ name, checksum: "0".repeat(64) })) };
}
function otherSalt(of: Manifest): object {
  return { ...of, sealed: of.sealed && { ...of.sealed, lock: { ...of.sealed.lock, salt: "AAAA" } } };
}

test.each(RESTORE_REFUSALS)("refused: %s", async (_, damage, code) => {
  const file = await packAll(join(folder, `${crypto.randomUUID()}.tar.gz`), damage(await unpackAll(archive)));
  await expect(checkRestorable(file, null)).rejects.toMatchObject({ code });
});

test("refused: a file that was cut off, one whose bytes changed, one that is no archive, one with another SHA-256", async () => {
  const file = join(folder, "damaged.tar.gz");
  await copyFile(archive, file);
  await truncate(file, (await stat(file)).size - 100);
  await expect(checkRestorable(file, null)).rejects.toMatchObject({ code: "backup-damaged" });

  const bytes = await readFile(archive);
  bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000);
  await writeFile(file, bytes);
  await expect(checkRestorable(file, null)).rejects.toMatchObject({ code: "backup-damaged" });

  await writeFile(file, "hello");
  await expect(checkRestorable(file, null)).rejects.toMatchObject({ code: "backup-damaged" });
  await writeFile(file, "");
  await expect(checkRestorable(file, null)).rejects.toMatchObject({ code: "backup-damaged" });

  const other = createHash("sha256").update("other").digest("hex");
  await expect(checkRestorable(archive, other)).rejects.toMatchObject({
    code: "backup-damaged",
    detail: expect.stringContaining("SHA-256"),
  });
});

test("an archive whose rows do not fit together is refused while it is loaded, and nothing is changed", async () => {
  const dropUsers = (entries: Entries) => {
    const none = createHash("sha256").digest("hex");
    const emptied = edited(entries, (of) => ({
      ...of,
      tables: of.tables.map((table) => (table.name === "user" ? { ...table, rows: 0, bytes: 0, sha256: none } : table)),
    }));
    return emptied.map(([name, content]): [string, Buffer] => [
      name,
      name === "tables/user.copy" ? Buffer.alloc(0) : content,
    ]);
  };
  const file = await packAll(join(folder, "orphans.tar.gz"), dropUsers(await unpackAll(archive)));
  const before = await sumsNow();
  const kept = await besides();
  await expect(restoreArchive(await checkRestorable(file, null), OPTIONS)).rejects.toThrow("foreign key");
  expect(await sumsNow()).toEqual(before);
  expect((await besides()).filter((name) => !kept.includes(name))).toEqual([]);
});
