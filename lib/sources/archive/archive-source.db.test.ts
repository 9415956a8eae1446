import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import type { UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import type { RoomNeed } from "../source";
import { archiveSource } from "./archive-source";
import { tarGzOf, zipOf } from "./test-archives";
import { anUpload } from "./test-uploads";

const DAY_MS = 24 * 3_600_000;
const signal = new AbortController().signal;
const project = resolve(import.meta.dirname, "../../..");

let owner: Actor;
let place: string;
let programs: string;
beforeAll(async () => {
  owner = await aPerson("member", "ana");
  place = join((await testDatabase()).dataDir, "archives");
  // Inside the project, because Node.js resolves its packages from its location.
  await mkdir(join(project, "node_modules/.cache"), { recursive: true });
  programs = await mkdtemp(join(project, "node_modules/.cache/landfall-unpack-"));
});
afterAll(() => rm(programs, { recursive: true, force: true }));
beforeEach(() => rm(place, { recursive: true, force: true }));

async function archiveFolder(
  uploadId: string,
  signal: AbortSignal,
  hasRoom?: (need: RoomNeed) => Promise<void>,
): Promise<string> {
  const source = { kind: "archive" as const, uploadId };
  const revision = await archiveSource.resolve(source);
  return (await archiveSource.materialise(source, revision, { signal, roots: [], hasRoom })).folder;
}

const MANY = Array.from({ length: 120 }, (_, n) => ({ path: `shop/d${n % 20}/f${n}`, content: randomBytes(10_000) }));

test("an upload becomes a folder, once, and its only folder is what lies in it", async () => {
  const upload = await anUpload(await tarGzOf([...MANY, { path: "shop/run", content: "#!", mode: 0o755 }]), owner);
  const folder = await archiveFolder(upload.id, signal);
  expect(folder).toBe(join(place, upload.sha256));
  expect(await readdir(folder)).toContain("run");
  expect((await stat(join(folder, "run"))).mode & 0o777).toBe(0o755);
  expect((await readFile(join(folder, "d7/f7"))).equals(MANY[7]?.content ?? Buffer.alloc(0))).toBe(true);
  await writeFile(join(folder, "mark"), "");
  expect(await archiveFolder(upload.id, signal)).toBe(folder);
  expect(await readdir(folder)).toContain("mark");
  expect(await readdir(place)).toEqual([upload.sha256]);
});

test("several processes may want it at once: one folder, and nothing beside it", async () => {
  const upload = await anUpload(zipOf(MANY), owner, "shop.zip");
  const processes = await startUnpackers(upload, 2);
  const own = Promise.all([1, 2].map(() => archiveFolder(upload.id, signal)));
  for (const { stdin } of processes) stdin?.end("go\n");
  const others = await Promise.all(processes.map(answerOf));
  expect(new Set([...(await own), ...others])).toEqual(new Set([join(place, upload.sha256)]));
  expect(await readdir(place)).toEqual([upload.sha256]);
  expect((await readdir(join(place, upload.sha256))).length).toBe(20);
});

async function startUnpackers({ id }: UploadView, howMany: number): Promise<ChildProcess[]> {
  const outfile = join(programs, "unpacker.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "test-unpacker.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "@": project },
    logLevel: "error",
  });
  const started = Array.from({ length: howMany }, () =>
    spawn(process.execPath, [outfile, id], { stdio: ["pipe", "pipe", "inherit"], env: process.env }),
  );
  await Promise.all(started.map(({ stdout }) => once(stdout, "readable")));
  return started;
}

async function answerOf({ stdout }: ChildProcess): Promise<string> {
  return (stdout ? await text(stdout) : "").replace("ready\n", "");
}

test("what is gone is missing, and what was never complete is not there", async () => {
  const { id } = await db.upload.create({ data: { ownerId: owner.id ?? "", fileName: "half.zip" } });
  for (const uploadId of [id, crypto.randomUUID()])
    await expect(archiveFolder(uploadId, signal)).rejects.toMatchObject({ code: "source-missing" });
  const upload = await anUpload(zipOf(MANY), owner);
  await db.uploadChunk.delete({ where: { uploadId_position: { uploadId: upload.id, position: 1 } } });
  await expect(archiveFolder(upload.id, signal)).rejects.toMatchObject({ code: "source-missing" });
  expect(await readdir(place)).toEqual([]);
});

test("bytes that changed since they were checked are checked again, and nothing of them stays", async () => {
  const upload = await anUpload(zipOf([{ path: "shop/a", content: "x" }]), owner);
  const hostile = zipOf([{ path: "../evil", content: "x" }]);
  await db.uploadChunk.updateMany({ where: { uploadId: upload.id }, data: { data: new Uint8Array(hostile) } });
  await db.upload.update({ where: { id: upload.id }, data: { bytes: hostile.length } });
  await expect(archiveFolder(upload.id, signal)).rejects.toMatchObject({ code: "archive-invalid" });
  expect(await readdir(place)).toEqual([]);
});

test("the room that it needs is asked for before anything is written, and only then", async () => {
  const upload = await anUpload(zipOf(MANY), owner);
  const asked: unknown[] = [];
  const hasRoom = async (need: unknown) => {
    asked.push(need, await readdir(place).catch(() => []));
    throw new Problem("storage-full");
  };
  await expect(archiveFolder(upload.id, signal, hasRoom)).rejects.toMatchObject({ code: "storage-full" });
  // The bytes of the files, plus one block each.
  expect(asked).toEqual([{ path: place, bytes: 120 * (10_000 + 4_096), what: "the unpacked archive" }, []]);
  await archiveFolder(upload.id, signal);
  expect(await archiveFolder(upload.id, signal, hasRoom)).toBe(join(place, upload.sha256));
  expect(asked).toHaveLength(2);
});

test("an abort leaves nothing", async () => {
  const upload = await anUpload(await tarGzOf(MANY), owner);
  const abort = new AbortController();
  const unpacking = archiveFolder(upload.id, abort.signal);
  abort.abort(new Error("cancelled"));
  await expect(unpacking).rejects.toThrow("cancelled");
  expect(await readdir(place)).toEqual([]);
});

test("folders go a day after they were used last, and so does what was left half unpacked; nothing else", async () => {
  const [old, used] = [await anUpload(zipOf(MANY), owner), await anUpload(await tarGzOf(MANY), owner)];
  const [oldFolder] = [await archiveFolder(old.id, signal), await archiveFolder(used.id, signal)];
  const half = join(place, `.incoming-${old.sha256}-${crypto.randomUUID()}`);
  await mkdir(join(half, "shop"), { recursive: true });
  await mkdir(join(place, "somebody-elses"));
  const longAgo = new Date(Date.now() - 2 * DAY_MS);
  for (const path of [oldFolder, half, join(place, "somebody-elses"), join(place, used.sha256)])
    await utimes(path, longAgo, longAgo);
  await archiveFolder(used.id, signal);
  await archiveSource.prune();
  expect((await readdir(place)).toSorted()).toEqual([used.sha256, "somebody-elses"].toSorted());
});
