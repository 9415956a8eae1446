import * as z from "zod";
import { ProblemData } from "./problem";

/** A name without its extension. It becomes part of a file path and of an object key. */
export const BackupName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: "not-a-backup-name" });

export const NewBackup = z.strictObject({
  name: BackupName.optional().describe("Made of the time when absent"),
});
export type NewBackup = z.infer<typeof NewBackup>;

export const BackupState = z.enum(["queued", "running", "succeeded", "failed"]);
export type BackupState = z.infer<typeof BackupState>;

/** `safety`: created before a restore. `found`: discovered in the storage, without a record in this database. */
export const BackupTrigger = z.enum(["schedule", "person", "command", "safety", "found"]);
export type BackupTrigger = z.infer<typeof BackupTrigger>;

export const BackupContents = z.object({
  /** Landfall's version when the backup was created. */
  version: z.string(),
  tables: z.number().int(),
  rows: z.number().int(),
  /** The newest migration in the backup. */
  migration: z.string().nullable(),
  /** Whether the archive has the key that decrypts the stored secrets, encrypted under the passphrase. */
  key: z.enum(["sealed", "left-out"]),
  files: z.array(z.string()).describe("Names of the sealed files"),
  filesLeftOut: z.array(z.string()).describe("Files that were asked for and could not be sealed or read"),
});
export type BackupContents = z.infer<typeof BackupContents>;

/** The result of restoring the archive into a scratch database and comparing every table. */
export const BackupProof = z.object({
  state: z.enum(["proven", "unproven"]),
  at: z.iso.datetime(),
  durationMs: z.number().int(),
  /** Why it is unproven. */
  problem: ProblemData.nullable(),
});
export type BackupProof = z.infer<typeof BackupProof>;

export const BackupView = z.object({
  id: z.uuid(),
  name: z.string(),
  state: BackupState,
  trigger: BackupTrigger,
  by: z.string(),
  storage: z.enum(["folder", "s3"]).nullable(),
  place: z.string().nullable(),
  bytes: z.number().int().nullable(),
  sha256: z.string().nullable(),
  contents: BackupContents.nullable(),
  proof: BackupProof.nullable(),
  problem: ProblemData.nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type BackupView = z.infer<typeof BackupView>;

export const BackupPlan = z.object({
  schedule: z.string().nullable().describe("A cron expression in UTC; null when it is off"),
  nextAt: z.iso.datetime().nullable(),
  overdueSince: z.iso.datetime().nullable().describe("When a backup was due that nobody made"),
  keep: z.number().int(),
  storage: z.enum(["folder", "s3"]),
  place: z.string(),
  sealsSecrets: z.boolean().describe("Whether there is a passphrase to seal the secret key with"),
});
export type BackupPlan = z.infer<typeof BackupPlan>;

/** Not paged: retention keeps the list short. */
export const Backups = z.object({ items: z.array(BackupView), plan: BackupPlan });
export type Backups = z.infer<typeof Backups>;
