import * as z from "zod";
import { BackupContents } from "@/lib/contracts/backup";
import type { Passphrased } from "./passphrase";

/** The first entry of every archive: lists the others and how to verify them. */
export const MANIFEST = "manifest.json";
/** The entry that is encrypted under the passphrase. */
export const SEALED = "sealed.bin";
/** This code cannot read an archive with a higher number. */
export const FORMAT = 1;

const Sum = { bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) };

export const ArchivedTable = z.object({
  name: z.string().min(1),
  columns: z.array(z.string().min(1)),
  rows: z.number().int().min(0),
  ...Sum,
});
export type ArchivedTable = z.infer<typeof ArchivedTable>;

export const ArchivedSequence = z.object({ name: z.string().min(1), value: z.string(), isCalled: z.boolean() });
export type ArchivedSequence = z.infer<typeof ArchivedSequence>;

const Lock: z.ZodType<Passphrased> = z.object({
  kdf: z.literal("scrypt"),
  cost: z
    .number()
    .int()
    .max(2 ** 20),
  blockSize: z.number().int().max(32),
  parallelization: z.number().int().max(16),
  salt: z.string(),
});

export const Manifest = z.object({
  format: z.literal(FORMAT),
  name: z.string(),
  createdAt: z.iso.datetime(),
  trigger: z.string(),
  postgres: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(ArchivedTable),
  sequences: z.array(ArchivedSequence),
  /** Fingerprints of the keys of the stored secrets. They only show whether two keys are equal. */
  keyFingerprints: z.array(z.string()),
  /** The machine of `local` targets, whose place another machine may take. */
  machine: z.string().nullable(),
  sealed: z.object({ ...Sum, lock: Lock }).nullable(),
  contents: BackupContents,
});
export type Manifest = z.infer<typeof Manifest>;

export function entryOfTable(table: string): string {
  return `tables/${table}.copy`;
}
