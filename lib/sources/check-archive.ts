import type { ArchiveSummary } from "@/lib/contracts/upload";
import type { ArchiveBytes } from "./archive-entry";
import { type ArchiveLimits, archiveLimits } from "./archive-limits";
import { type ArchiveSink, drain, walkArchive } from "./walk-archive";

const NOWHERE: ArchiveSink = {
  directory: async () => {},
  file: (_path, _mode, body) => drain(body),
  hardlink: async () => {},
  symlink: async () => {},
};

/** Goes through the whole of an archive and writes nothing. Throws `archive-invalid`. */
export function checkArchive(bytes: ArchiveBytes, limits: ArchiveLimits = archiveLimits()): Promise<ArchiveSummary> {
  return walkArchive(bytes, { limits, sink: NOWHERE });
}
