/*
 * Reconciles the rows of backups with reality: archives that were added or removed, backups whose process died, and
 * archives past their retention.
 */
import { v5 as uuidv5 } from "uuid";
import type { BackupProof } from "@/lib/contracts/backup";
import type { ProblemData } from "@/lib/contracts/problem";
import { db, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { publish } from "@/lib/platform/outbox/outbox";
import { readPlan } from "./backup-store";
import { backupStorage } from "./open-storage";
import { SAFETY, type StoredArchive } from "./storage";

/**
 * Reconciles the rows with the storage. An archive without a row gets one: the database was restored, or the file was
 * copied into the storage. A row whose archive is missing becomes `failed` with `backup-missing`.
 */
export async function matchStorage(): Promise<void> {
  const storage = await backupStorage();
  const { kind, place } = storage;
  const archives = await storage.list();
  const there = archives.map(({ name }) => name);
  await db.backup.createMany({
    data: archives.map(({ name, bytes, storedAt }) => ({
      ...{ name, bytes, storage: kind, place, createdAt: storedAt, finishedAt: storedAt },
      ...{ state: "succeeded", trigger: "found", actorName: "landfall" },
    })),
    skipDuplicates: true,
  });
  const problem: ProblemData = { code: "backup-missing", params: {} };
  await db.backup.updateMany({
    where: { state: "succeeded", storage: kind, place, name: { notIn: there } },
    data: { state: "failed", problem },
  });
}

/** The heartbeat interval of a process that creates a backup. */
export const SEEN_EVERY_MS = 5_000;
/** A running backup without a heartbeat for this long is abandoned: its process has died. */
const SILENT_MS = 60_000;
/** A backup that is queued for this long has no worker. */
const WAITS_MS = 15 * 60_000;

/** Marks abandoned backups as failed, so that none stays `running` forever. */
export async function endAbandonedBackups(now = Date.now()): Promise<void> {
  const problem: ProblemData = { code: "backup-interrupted", params: {} };
  const silent = [
    { state: "running", seenAt: { lt: new Date(now - SILENT_MS) } },
    { state: "queued", seenAt: { lt: new Date(now - WAITS_MS) } },
  ];
  await transaction(async (tx) => {
    const data = { state: "failed", problem, finishedAt: new Date(now) };
    const ended = await tx.backup.updateManyAndReturn({ where: { OR: silent }, data, select: { id: true } });
    for (const { id } of ended) await publish(tx, { type: "backup.failed", backupId: id, problem });
  });
}

/** Publishes once a day that a backup is overdue, until it is not. */
export async function publishOverdue(now = new Date()): Promise<void> {
  const { overdueSince: since } = await readPlan(now);
  if (since === null) return;
  const onceAs = uuidv5(`backup.overdue ${since}`, uuidv5.URL);
  await transaction((tx) => publish(tx, { type: "backup.overdue", since }, { onceAs }));
}

/** Failed attempts keep their rows with the reason, up to this many. */
const FAILED_KEPT = 20;

/** Removes the archives past their retention, with their rows. A removal that fails now is retried later. */
export async function forgetOutdated(keep = env.BACKUP_KEEP): Promise<void> {
  const storage = await backupStorage();
  const rows = await db.backup.findMany({ where: { state: "succeeded" }, select: { name: true, proof: true } });
  const proven = new Set(
    rows.filter(({ proof }) => (proof as BackupProof | null)?.state === "proven").map(({ name }) => name),
  );
  for (const name of outdated(await storage.list(), keep, proven)) {
    try {
      await storage.remove(name);
      await db.backup.deleteMany({ where: { name, state: "succeeded" } });
    } catch (error) {
      log.warn({ err: error, backup: name }, "an old backup could not be removed");
    }
  }
  const failed = await db.backup.findMany({
    where: { state: "failed" },
    orderBy: { id: "desc" },
    skip: FAILED_KEPT,
    select: { id: true },
  });
  await db.backup.deleteMany({ where: { id: { in: failed.map(({ id }) => id) } } });
}

/**
 * The archives past their retention: all but the newest `keep`, and never the newest proven one. Archives created
 * before a restore are counted separately, so that many restores do not push out nightly backups.
 */
export function outdated(archives: readonly StoredArchive[], keep: number, proven: ReadonlySet<string>): string[] {
  const safety = archives.filter(({ name }) => name.startsWith(SAFETY));
  const others = archives.filter(({ name }) => !name.startsWith(SAFETY));
  return [safety, others].flatMap((kind) => {
    const names = kind.toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime()).map(({ name }) => name);
    const rescue = names.find((name) => proven.has(name));
    return names.slice(keep).filter((name) => name !== rescue);
  });
}
