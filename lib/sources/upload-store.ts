import { Problem } from "@/lib/contracts/problem";
import { ArchiveSummary, type UploadView } from "@/lib/contracts/upload";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";

/** All the Prisma of uploads, but for their bytes (upload-chunks.ts). */

/** An upload that may be used: all of it is there, and it has passed the check. */
export type CompleteUpload = Prisma.UploadGetPayload<object> & { completedAt: Date; sha256: string };

export async function insertUpload(ownerId: string, fileName: string): Promise<string> {
  const { id } = await db.upload.create({ data: { ownerId, fileName }, select: { id: true } });
  return id;
}

interface Contents {
  bytes: number;
  sha256: string;
  summary: ArchiveSummary;
}

export async function completeUpload(tx: Tx, id: string, { bytes, sha256, summary }: Contents): Promise<UploadView> {
  const completed = { bytes, sha256, summary, completedAt: new Date() };
  return toUploadView(asComplete(await tx.upload.update({ where: { id }, data: completed })));
}

/** With all its bytes; nothing there is fine. */
export async function deleteUpload(id: string): Promise<void> {
  await db.upload.deleteMany({ where: { id } });
}

export async function findCompleteUpload(id: string, tx: Tx = db): Promise<CompleteUpload | null> {
  const row = await tx.upload.findUnique({ where: { id } });
  return row?.completedAt ? asComplete(row) : null;
}

/**
 * Says that the upload is needed now, and keeps whoever deletes what is not needed waiting until the transaction ends.
 * False when it is gone already.
 */
export async function touchUpload(tx: Tx, id: string): Promise<boolean> {
  const needed = { lastNeededAt: new Date() };
  const { count } = await tx.upload.updateMany({ where: { id, completedAt: { not: null } }, data: needed });
  return count > 0;
}

export function toUploadView({ id, fileName, bytes, sha256, summary, createdAt }: CompleteUpload): UploadView {
  const contents = ArchiveSummary.parse(summary);
  return { id, fileName, bytes: Number(bytes), sha256, ...contents, createdAt: createdAt.toISOString() };
}

function asComplete(row: Prisma.UploadGetPayload<object>): CompleteUpload {
  const { completedAt, sha256 } = row;
  if (!completedAt || !sha256) throw new Problem("internal", { detail: `upload ${row.id} is not complete` });
  return { ...row, completedAt, sha256 };
}
