import { env } from "@/lib/platform/env";

/** Millions: what people, disks and networks count in. */
export const MEGABYTE = 1_000_000;

/** What one archive may hold. Nothing beyond it is kept in memory or written while this is found out. */
export interface ArchiveLimits {
  /** Files, folders and links together. */
  entries: number;
  unpackedBytes: number;
}

const MOST_ENTRIES = 100_000;
/** Source code packs to a quarter, text to a tenth; what packs better than this wants to fill a disk. */
const UNPACKED_FACTOR = 10;

export function archiveLimits(): ArchiveLimits {
  return { entries: MOST_ENTRIES, unpackedBytes: uploadLimitBytes() * UNPACKED_FACTOR };
}

export function uploadLimitBytes(): number {
  return env.UPLOAD_LIMIT_MB * MEGABYTE;
}
