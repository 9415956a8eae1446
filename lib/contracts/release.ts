import * as z from "zod";
import { Source } from "./service";

export const ReleaseSummary = z.object({
  id: z.uuid(),
  number: z.int(),
  deployment: z.object({ id: z.uuid(), number: z.int() }),
  createdAt: z.iso.datetime(),
  lastServedAt: z.iso.datetime().nullable(),
  current: z.boolean(),
  restorable: z.boolean(),
  /** Message key under `releases.notRestorable` when it is not. */
  notRestorableBecause: z.string().nullable(),
  source: Source,
  environmentRevision: z.int().nullable(),
});
export type ReleaseSummary = z.infer<typeof ReleaseSummary>;

export const Change = z.object({ name: z.string(), kind: z.enum(["added", "removed", "changed"]) });
export type Change = z.infer<typeof Change>;

/** What going back would change, shown before it is confirmed. Environment values never leave the server. */
export const RollbackPreview = z.object({
  from: ReleaseSummary.nullable(),
  to: ReleaseSummary,
  /** Files that differ between the two artifacts (first 200) and how many there are in all. */
  files: z.object({ changes: z.array(Change), total: z.int() }),
  environment: z.array(Change),
  configuration: z.array(z.object({ field: z.string(), from: z.json(), to: z.json() })),
});
export type RollbackPreview = z.infer<typeof RollbackPreview>;
