import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupProof, BackupView } from "@/lib/contracts/backup";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import { db, transaction } from "@/lib/platform/db/client";
import { Prisma } from "@/lib/platform/db/generated/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { publish } from "@/lib/platform/outbox/outbox";
import { getBackup } from "./backup-store";
import { forgetOutdated, SEEN_EVERY_MS } from "./backup-upkeep";
import { withScratchDatabase } from "./databases";
import { compareWithManifest, loadArchive } from "./load-archive";
import { backupStorage } from "./open-storage";
import { checkArchive } from "./read-archive";
import type { BackupStorage } from "./storage";
import { writeArchive } from "./write-archive";

interface MakeOptions {
  signal?: AbortSignal;
  /** The current step: `save <table>`, `pack`, `store`, `prove`. */
  report?: (what: string) => void;
}

/**
 * Creates the archive of a backup's row, stores it, and proves the stored copy. A failure is stored in the row. Throws
 * only when it was stopped: then the row is queued again.
 */
export async function makeBackup(id: string, options: MakeOptions = {}): Promise<BackupView> {
  const begun = await db.backup.updateMany({
    where: { id, state: { not: "succeeded" } },
    data: { state: "running", startedAt: new Date(), seenAt: new Date(), problem: Prisma.DbNull, finishedAt: null },
  });
  if (begun.count === 0) return getBackup(id);
  const seen = setInterval(() => void saySeen(id), SEEN_EVERY_MS);
  const folder = await makeWorkFolder(id);
  try {
    const made = await make(id, folder, options);
    await db.backup.update({ where: { id }, data: { ...made, state: "succeeded", finishedAt: new Date() } });
    await forgetOutdated();
  } catch (error) {
    await giveUp(id, error, options.signal);
  } finally {
    clearInterval(seen);
    await rm(folder, { recursive: true, force: true });
  }
  return getBackup(id);
}

async function make(id: string, folder: string, { signal, report }: MakeOptions) {
  const { name, trigger, sha256: stored } = await db.backup.findUniqueOrThrow({ where: { id } });
  const storage = await backupStorage();
  await refuseTaken(storage, { name, stored, folder });
  const archive = await writeArchive(env.DATABASE_URL.reveal(), { name, trigger, folder, signal, report });
  report?.("store");
  await db.backup.update({ where: { id }, data: { sha256: archive.sha256 } });
  await storage.put(name, archive.file, archive.sha256);
  report?.("prove");
  const proof = await proveStored(storage, name, { folder, sha256: archive.sha256, signal });
  const { contents } = archive.manifest;
  return { storage: storage.kind, place: storage.place, bytes: archive.bytes, sha256: archive.sha256, contents, proof };
}

/**
 * Another installation may use the same storage, and its archive must not be overwritten. An archive that a killed
 * attempt of this backup stored may.
 */
async function refuseTaken(
  storage: BackupStorage,
  { name, stored, folder }: { name: string; stored: string | null; folder: string },
): Promise<void> {
  if (!(await storage.list()).some((archive) => archive.name === name)) return;
  if (stored !== null && (await storage.fetch(name, folder)).sha256 === stored) return;
  throw new Problem("name-taken", { params: { name }, detail: `${storage.place} has one of this name` });
}

/** Proves what the storage returns. */
async function proveStored(
  storage: BackupStorage,
  name: string,
  { folder, sha256, signal }: { folder: string; sha256: string; signal?: AbortSignal },
): Promise<BackupProof> {
  const back = join(folder, "back");
  await mkdir(back, { mode: 0o700 });
  const { file } = await storage.fetch(name, back);
  return proveArchive(env.DATABASE_URL.reveal(), { file, sha256, signal });
}

async function giveUp(id: string, error: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) {
    await db.backup.update({ where: { id }, data: { state: "queued", seenAt: new Date() } });
    throw signal.reason;
  }
  log.error({ err: error, backupId: id }, "a backup failed");
  const problem = problemOf(error);
  await transaction(async (tx) => {
    await tx.backup.update({ where: { id }, data: { state: "failed", problem, finishedAt: new Date() } });
    await publish(tx, { type: "backup.failed", backupId: id, problem });
  });
}

function problemOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  const detail = error instanceof Error ? error.message : String(error);
  const isFull = (error as NodeJS.ErrnoException | null)?.code === "ENOSPC";
  return { code: isFull ? "storage-full" : "backup-failed", params: {}, detail };
}

async function saySeen(id: string): Promise<void> {
  await db.backup
    .updateMany({ where: { id, state: "running" }, data: { seenAt: new Date() } })
    .catch((error: unknown) => log.warn({ err: error, backupId: id }, "a backup could not say that it goes on"));
}

/** In the data directory, because /tmp may be in memory. The next backup removes what a killed process left. */
async function makeWorkFolder(id: string): Promise<string> {
  const parent = join(env.LANDFALL_DATA_DIR, "backup-work");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const left = await readdir(parent);
  const alive = await db.backup.findMany({ where: { state: "running" }, select: { id: true } });
  const used = new Set(alive.map((row) => row.id).filter((other) => other !== id));
  await Promise.all(
    left.filter((one) => !used.has(one)).map((one) => rm(join(parent, one), { recursive: true, force: true })),
  );
  const folder = join(parent, id);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/**
 * Restores an archive into a scratch database beside the one of `url` and compares every table. An archive that cannot
 * be restored is a result, not an error.
 */
export async function proveArchive(
  url: string,
  { file, sha256, signal }: { file: string; sha256: string; signal?: AbortSignal },
): Promise<BackupProof> {
  const startedMs = performance.now();
  const problem = await restoresWhole(url, file, sha256, signal).then(() => null, asFinding);
  signal?.throwIfAborted();
  return {
    state: problem === null ? "proven" : "unproven",
    at: new Date().toISOString(),
    durationMs: Math.round(performance.now() - startedMs),
    problem,
  };
}

async function restoresWhole(url: string, file: string, sha256: string, signal?: AbortSignal): Promise<void> {
  const { manifest } = await checkArchive(file, sha256);
  await withScratchDatabase(url, async (scratch) => {
    await loadArchive(scratch, file, manifest, { signal });
    await compareWithManifest(scratch, manifest, { signal });
  });
}

function asFinding(error: unknown): ProblemData {
  log.warn({ err: error }, "a backup could not be proven");
  if (error instanceof Problem) return error.toData();
  return { code: "backup-failed", params: {}, detail: error instanceof Error ? error.message : String(error) };
}
