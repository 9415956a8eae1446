import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { uploadLimitBytes } from "./archive-limits";
import { checkArchive } from "./check-archive";
import { storeChunks, storedBytes, uploadTooLarge } from "./upload-chunks";
import { completeUpload, deleteUpload, insertUpload } from "./upload-store";

export interface IncomingFile {
  fileName: string;
  content: AsyncIterable<Uint8Array>;
}

/**
 * Keeps an archive and looks through all of it; it can be used once that has gone well, and is not there before.
 * Throws `upload-too-large`, `archive-invalid`, `storage-full`; nothing is kept then.
 */
export async function receiveUpload({ fileName, content }: IncomingFile, actor: Actor): Promise<UploadView> {
  authorize(actor, "service:create");
  if (actor.id === null) throw new Problem("forbidden", { detail: "an upload belongs to a person" });
  const id = await insertUpload(actor.id, shortened(fileName));
  try {
    const { bytes, sha256 } = await storeChunks(id, content, uploadLimitBytes());
    const summary = await checkArchive(storedBytes(id, bytes));
    return await transaction(async (tx) => {
      const upload = await completeUpload(tx, id, { bytes, sha256, summary });
      await audit(tx, actor, "upload.create", { type: "upload", id, name: upload.fileName }, { bytes, sha256 });
      return upload;
    });
  } catch (error) {
    // What cannot be deleted now was never complete, and goes with what nobody needs.
    await deleteUpload(id).catch((cause: unknown) =>
      log.warn({ err: cause, uploadId: id }, "a refused upload stays until tomorrow"),
    );
    throw error;
  }
}

/** Before anything of it is read; `bytes` is what the request says of itself. What it really is shows as it arrives. */
export function refuseTooLarge(bytes: number): void {
  if (bytes > uploadLimitBytes() + FORM_BYTES) throw uploadTooLarge(uploadLimitBytes());
}

/** What a form adds to the file in it. */
const FORM_BYTES = 64 * 1024;

const LONGEST_FILE_NAME = 255;

/** For people only: what it is called is never where it is put. */
function shortened(fileName: string): string {
  const name = fileName.toWellFormed().replaceAll("\0", "").slice(-LONGEST_FILE_NAME).trim();
  return name === "" ? "archive" : name;
}
