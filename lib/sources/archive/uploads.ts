import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import { ArchiveSummary, type UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { uploadLimitBytes } from "./archive";
import { storeChunks, storedBytes, uploadTooLarge } from "./upload-chunks";

/** Uploads from their first byte to their removal. Their bytes are in upload-chunks.ts. */

interface IncomingFile {
  fileName: string;
  content: AsyncIterable<Uint8Array>;
}

/**
 * Stores an archive and checks all of it. No service can use an upload before its check has passed. Throws
 * `upload-too-large`, `archive-invalid` or `storage-full`, and then removes what was stored.
 */
export async function receiveUpload({ fileName, content }: IncomingFile, actor: Actor): Promise<UploadView> {
  authorize(actor, "upload:create");
  if (actor.id === null) throw new Problem("forbidden", { detail: "an upload belongs to a person" });
  const data = { ownerId: actor.id, tokenId: actor.tokenId ?? null, fileName: shortened(fileName) };
  const { id } = await db.upload.create({ data, select: { id: true } });
  try {
    const { bytes, sha256 } = await storeChunks(id, content, uploadLimitBytes());
    // The archive libraries are loaded with the first archive.
    const { checkArchive } = await import("./walk-archive");
    const summary = await checkArchive(storedBytes(id, bytes));
    return await transaction(async (tx) => {
      const completed = { bytes, sha256, summary, completedAt: new Date() };
      const upload = toView(asComplete(await tx.upload.update({ where: { id }, data: completed })));
      await audit(tx, actor, "upload.create", { type: "upload", id, name: upload.fileName }, { bytes, sha256 });
      return upload;
    });
  } catch (error) {
    // An upload that cannot be deleted now was never complete: forgetUploads deletes it.
    await db.upload.deleteMany({ where: { id } }).catch((cause: unknown) => {
      log.warn({ err: cause, uploadId: id }, "a refused upload could not be deleted; it is deleted within a day");
    });
    throw error;
  }
}

/** Refuses by the length that the request states, before reading any byte. The real length is checked later. */
export function refuseTooLarge(statedBytes: number): void {
  if (statedBytes > uploadLimitBytes() + FORM_BYTES) throw uploadTooLarge(uploadLimitBytes());
}

/** The size that a form may add to its file. */
const FORM_BYTES = 64 * 1024;

const LONGEST_FILE_NAME = 255;

/** The name is only shown: no path is built from it. */
function shortened(fileName: string): string {
  const name = fileName.toWellFormed().replaceAll("\0", "").slice(-LONGEST_FILE_NAME).trim();
  return name === "" ? "archive" : name;
}

/** Throws `not-found` for an upload that does not exist, is not complete or belongs to another person. */
export async function readUpload(id: string, actor: Actor): Promise<UploadView> {
  return toView(authorize(actor, "service:read", await findCompleteUpload(id)));
}

/** An upload that a service may use: all of its bytes are stored, and its check has passed. */
export type CompleteUpload = Prisma.UploadGetPayload<object> & { completedAt: Date; sha256: string };

export async function findCompleteUpload(id: string): Promise<CompleteUpload | null> {
  const row = await db.upload.findUnique({ where: { id } });
  return row?.completedAt ? asComplete(row) : null;
}

/**
 * Marks the upload as needed now. Until the transaction ends, forgetUploads waits for the row. Answers false when the
 * upload no longer exists.
 */
export async function touchUpload(tx: Tx, id: string): Promise<boolean> {
  const needed = { lastNeededAt: new Date() };
  const { count } = await tx.upload.updateMany({ where: { id, completedAt: { not: null } }, data: needed });
  return count > 0;
}

/**
 * Deletes an upload one day after the last service, unfinished deployment or restorable release stopped using it. An
 * upload that never became complete is deleted one day after it began.
 */
export async function forgetUploads(): Promise<void> {
  await db.$executeRaw`
    UPDATE upload SET last_needed_at = now() WHERE completed_at IS NOT NULL AND id::text IN (
      SELECT source ->> 'uploadId' FROM service WHERE deleted_at IS NULL
      UNION
      SELECT spec -> 'source' ->> 'uploadId' FROM deployment WHERE state IN ('queued', 'running', 'undoing', 'stuck')
      UNION
      SELECT spec -> 'source' ->> 'uploadId' FROM release WHERE pruned_at IS NULL
    )`;
  await db.$executeRaw`DELETE FROM upload WHERE last_needed_at < now() - interval '1 day'`;
}

function toView({ id, fileName, bytes, sha256, summary, createdAt }: CompleteUpload): UploadView {
  const contents = ArchiveSummary.parse(summary);
  return { id, fileName, bytes: Number(bytes), sha256, ...contents, createdAt: createdAt.toISOString() };
}

function asComplete(row: Prisma.UploadGetPayload<object>): CompleteUpload {
  const { completedAt, sha256 } = row;
  if (!completedAt || !sha256) throw new Problem("internal", { detail: `upload ${row.id} is not complete` });
  return { ...row, completedAt, sha256 };
}
