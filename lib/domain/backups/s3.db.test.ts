import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SYSTEM } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { makeBackup } from "./make-backup";
import { backupStorage } from "./open-storage";
import { beginBackup } from "./request-backup";
import { checkRestorable } from "./restore-archive";
import { s3Storage } from "./s3-storage";

const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
let directory: string;
let servers: S3rver[];
let strict: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-s3-"));
  // The test server computes a bucket's signature without the final slash, which S3 includes. So list requests use a
  // server that ignores the mismatch, and reads and writes one that checks it.
  const lenient = aServer({ allowMismatchedSignatures: true });
  const checking = aServer({});
  servers = [lenient, checking];
  const endpoint = `http://127.0.0.1:${(await lenient.run()).port}`;
  strict = `http://127.0.0.1:${(await checking.run()).port}`;
  Object.assign(process.env, {
    BACKUP_S3_ENDPOINT: endpoint,
    BACKUP_S3_BUCKET: "backups",
    BACKUP_S3_REGION: "us-east-1",
    BACKUP_S3_PREFIX: "landfall/",
    BACKUP_S3_ACCESS_KEY_ID: KEYS.accessKeyId,
    BACKUP_S3_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  });
  await aPerson();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(directory, { recursive: true });
});

function aServer(more: { allowMismatchedSignatures?: boolean }): S3rver {
  const buckets = [{ name: "backups" }];
  return new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets: buckets, ...more });
}

test("a backup goes to the bucket, is proven from there, and can be fetched again", async () => {
  const backup = await makeBackup(await beginBackup({ name: "far", trigger: "command" }, SYSTEM));
  expect(backup.problem).toBeNull();
  expect(backup).toMatchObject({ state: "succeeded", storage: "s3", place: "s3://backups/landfall/" });
  expect(backup.proof).toMatchObject({ state: "proven" });
  const storage = await backupStorage();
  expect(await storage.list()).toMatchObject([{ name: "far", bytes: backup.bytes }]);
  const { file, sha256 } = await storage.fetch("far", directory);
  expect(sha256).toBe(backup.sha256);
  expect((await checkRestorable(file, sha256)).manifest.name).toBe("far");
  await storage.remove("far");
  expect(await storage.list()).toEqual([]);
  await expect(storage.fetch("far", directory)).rejects.toMatchObject({ code: "backup-missing" });
});

test("a large archive goes up in parts and comes down the same", async () => {
  const storage = s3Storage({ endpoint: strict, bucket: "backups", region: "us-east-1", prefix: "deep/er/", ...KEYS });
  const large = randomBytes(20_000_000);
  await writeFile(join(directory, "large"), large);
  await storage.put("large", join(directory, "large"), "0".repeat(64));
  const { file } = await storage.fetch("large", directory);
  expect((await readFile(file)).equals(large)).toBe(true);
  await storage.remove("large");
});

test("what the storage refuses is said, without a key in it", async () => {
  const settings = { endpoint: strict, bucket: "nowhere", region: "us-east-1", prefix: "", ...KEYS };
  const listed = s3Storage({ ...settings, secretAccessKey: "wrong-secret" }).list();
  await expect(listed).rejects.toMatchObject({ code: "backup-storage-failed" });
  await expect(listed).rejects.not.toThrow("wrong-secret");
  const gone = s3Storage({ ...settings, endpoint: "http://127.0.0.1:1" }).list();
  await expect(gone).rejects.toMatchObject({ code: "backup-storage-failed" });
});
