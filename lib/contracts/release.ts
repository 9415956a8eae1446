import * as z from "zod";
import { Commit } from "./git-source";
import { ReleaseCommandRun } from "./release-command";
import { Source, SourceDescription } from "./source";

export const ReleaseSummary = z.object({
  id: z.uuid(),
  number: z.int(),
  deployment: z.object({ id: z.uuid(), number: z.int() }),
  createdAt: z.iso.datetime(),
  lastServedAt: z.iso.datetime().nullable(),
  current: z.boolean(),
  restorable: z.boolean(),
  /** Message key under `releases.notRestorable`; null when it can be restored. */
  notRestorableBecause: z.string().nullable(),
  source: Source,
  environmentRevision: z.int().nullable(),
  version: z.string().nullable().default(null),
  message: z.string().nullable().default(null),
  /** The digest of the files or the image: the same content has the same digest. */
  digest: z.string().nullable().default(null),
  sourceDescription: SourceDescription.nullable().default(null),
  commit: Commit.nullable().default(null),
  releaseCommand: ReleaseCommandRun.nullable()
    .default(null)
    .describe("Null for a release that was created without one"),
});
export type ReleaseSummary = z.infer<typeof ReleaseSummary>;

export const Change = z.object({ name: z.string(), kind: z.enum(["added", "removed", "changed"]) });
export type Change = z.infer<typeof Change>;

/** The commits between two releases from one repository. A list is null where this machine has not fetched both. */
export const CommitsBetween = z.object({
  added: z.array(Commit).nullable().describe("Those that `to` has and `from` has not, the newest first"),
  removed: z.array(Commit).nullable().describe("Those that `from` has and `to` has not, the newest first"),
  compareUrl: z.string().nullable().describe("The page of the Git server that compares them"),
});
export type CommitsBetween = z.infer<typeof CommitsBetween>;

/** A deployment that began a release command. It made no release when it failed afterwards. */
const RanCommand = z.object({
  deployment: z.object({ id: z.uuid(), number: z.int() }),
  releaseNumber: z.int().nullable(),
  run: ReleaseCommandRun,
});

/** What going back would change, shown before it is confirmed. Environment values never leave the server. */
export const RollbackPreview = z.object({
  from: ReleaseSummary.nullable(),
  to: ReleaseSummary,
  /** The first 200 files that differ between the two artifacts, and the total number. */
  files: z.object({ changes: z.array(Change), total: z.int() }),
  environment: z.array(Change),
  configuration: z.array(z.object({ field: z.string(), from: z.json(), to: z.json() })),
  commits: CommitsBetween.nullable().default(null).describe("Null unless both are commits of one repository"),
  releaseCommands: z
    .array(RanCommand)
    .default([])
    .describe("The deployments after `to` that began a release command, the newest first: their changes to data stay"),
});
export type RollbackPreview = z.infer<typeof RollbackPreview>;

/** `to` defaults to the current release, `from` to the release before `to`. */
export const ReleasePair = z.strictObject({ from: z.uuid().optional(), to: z.uuid().optional() });
export type ReleasePair = z.infer<typeof ReleasePair>;

/** The differences of any two releases of a service, in the shape of a rollback's preview. */
export const ReleaseComparison = RollbackPreview.extend({ from: ReleaseSummary });
export type ReleaseComparison = z.infer<typeof ReleaseComparison>;

/** Changed lines with their context: `+` added, `-` removed, ` ` unchanged. */
export const Hunk = z.object({
  fromLine: z.int(),
  toLine: z.int(),
  lines: z.array(z.tuple([z.enum(["+", "-", " "]), z.string()])),
});

/**
 * The differences of one text file. `binary` and `too-large` have no lines. `changed-since`: the file on the host was
 * changed after it was sent, so it is not shown.
 */
export const FileDifference = z.object({
  path: z.string(),
  kind: z.enum(["text", "binary", "too-large", "changed-since"]),
  hunks: z.array(Hunk),
  /** Are there more lines than shown? */
  isCut: z.boolean(),
});
export type FileDifference = z.infer<typeof FileDifference>;
