import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { env } from "@/lib/platform/env";

export const ENDING = ".tar.gz";
/** The checksum beside each archive, in the format of sha256sum. */
export const SUM_ENDING = `${ENDING}.sha256`;
/** The prefix of archives created before a restore. */
export const SAFETY = "safety-";

export interface StoredArchive {
  /** Without its extension. */
  name: string;
  bytes: number;
  storedAt: Date;
}

/** Stores archives. Every method throws `backup-storage-failed` when the storage fails. */
export interface BackupStorage {
  readonly kind: "folder" | "s3";
  /** For people: a path, or s3://bucket/prefix. */
  readonly place: string;
  list(): Promise<StoredArchive[]>;
  /** Stores the file completely or not at all. */
  put(name: string, file: string, sha256: string): Promise<void>;
  /** A file to read, which may be a copy in `folder`, and its stored SHA-256; throws `backup-missing`. */
  fetch(name: string, folder: string): Promise<{ file: string; sha256: string | null }>;
  remove(name: string): Promise<void>;
}

export function backupFolder(): string {
  return env.BACKUP_DIR ?? join(env.LANDFALL_DATA_DIR, "backups");
}

export function storageFailed(detail: string, cause?: unknown): Problem {
  return new Problem("backup-storage-failed", { detail, cause });
}

export function missing(name: string): Problem {
  return new Problem("backup-missing", { params: { name }, detail: `there is no ${name}${ENDING}` });
}

/** The digest in a line of sha256sum. */
export function sumIn(text: string): string | null {
  return /^([0-9a-f]{64})\b/i.exec(text.trim())?.[1]?.toLowerCase() ?? null;
}
export function sumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}${ENDING}\n`;
}
