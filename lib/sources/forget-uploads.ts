import { db } from "@/lib/platform/db/client";
import { pruneArchiveFolders } from "./archive-folder";

/**
 * Deletes uploads a day after nothing needed them any more: no service, no deployment under way, no release that one
 * can go back to. One that never became complete goes a day after it began. The folders of this machine go likewise.
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
  await pruneArchiveFolders();
}
