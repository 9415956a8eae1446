import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { can } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { SourceDescription } from "@/lib/contracts/source";
import { ArchiveSummary } from "@/lib/contracts/upload";
import { env } from "@/lib/platform/env";
import { markUsed, pruneUnused, publish, withStaging } from "../shared-folders";
import type { FolderRequest, SourceFinding, SourceProvider } from "../source";
import { archiveLimits } from "./archive";
import { storedBytes } from "./upload-chunks";
import { type CompleteUpload, findCompleteUpload, forgetUploads, touchUpload } from "./uploads";

/** An uploaded archive. Its revision is the upload, which never changes. */
export const archiveSource = {
  /** A service keeps its upload, whoever uploaded it. Another upload must belong to the caller. */
  async check({ uploadId }, { actor, before }) {
    // The service may have this upload already; the command that reads the service checks it.
    if (before === "unknown") return [];
    const upload = await findCompleteUpload(uploadId);
    if (!upload) return NOT_FOUND;
    const isKept = before?.kind === "archive" && before.uploadId === uploadId;
    return isKept || can(actor, "upload:use", upload) ? [] : NOT_FOUND;
  },

  /** An unused upload may be about to be deleted. */
  reserve: async ({ uploadId }, tx) => ((await touchUpload(tx, uploadId)) ? [] : NOT_FOUND),

  async resolve({ uploadId }) {
    const { fileName, sha256 } = await readUpload(uploadId);
    return { uploadId, fileName, sha256 };
  },

  async materialise(_source, { uploadId }, context: FolderRequest) {
    const upload = await readUpload(uploadId);
    const folder = await unpackedFolder(upload, context);
    const leftOut = ArchiveSummary.safeParse(upload.summary).data?.leftOut;
    return { folder, leftOut: leftOut ? { why: "what macOS adds to archives", ...leftOut } : null };
  },

  describe(_source, revision): SourceDescription {
    if (revision === null) return { code: "archive-unread", params: {} };
    return { code: "archive", params: { fileName: revision.fileName, sha256: revision.sha256 } };
  },

  async prune() {
    await forgetUploads();
    await pruneUnused(cacheFolder(), UNPACKED);
  },
} satisfies SourceProvider<"archive">;

const NOT_FOUND: SourceFinding[] = [{ setting: "uploadId", code: "not-found" }];

async function readUpload(uploadId: string): Promise<CompleteUpload> {
  const upload = await findCompleteUpload(uploadId);
  if (upload) return upload;
  throw new Problem("source-missing", { params: { path: uploadId }, detail: "the upload is gone" });
}

/** A file or a link takes whole blocks of a disk. */
const BLOCK_BYTES = 4096;
const UNPACKED = /^[0-9a-f]{64}$/;

function cacheFolder(): string {
  return join(env.LANDFALL_DATA_DIR, "archives");
}

/** The unpacked upload; when one folder contains everything, the content of that folder. */
async function unpackedFolder(upload: CompleteUpload, context: FolderRequest): Promise<string> {
  const folder = join(cacheFolder(), upload.sha256);
  if (!(await markUsed(folder))) await unpackTo(folder, upload, context);
  return folder;
}

async function unpackTo(folder: string, upload: CompleteUpload, { signal, hasRoom }: FolderRequest): Promise<void> {
  await hasRoom?.({ path: cacheFolder(), bytes: unpackedBytes(upload), what: "the unpacked archive" });
  await withStaging(cacheFolder(), async (staging) => {
    await mkdir(staging, { mode: 0o700 });
    // The archive libraries are loaded with the first archive.
    const { unpackArchive } = await import("./unpack-archive");
    const stored = storedBytes(upload.id, Number(upload.bytes));
    const { folder: only } = await unpackArchive(stored, staging, { limits: archiveLimits(), signal });
    await publish(only === null ? staging : join(staging, only), folder);
  });
}

/** From the check at the upload, which inflated and counted everything: the sizes that an archive states are not trusted. */
function unpackedBytes({ summary }: CompleteUpload): number | null {
  const counted = ArchiveSummary.safeParse(summary).data;
  return counted ? counted.unpackedBytes + counted.files * BLOCK_BYTES : null;
}
