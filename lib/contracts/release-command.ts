import * as z from "zod";

/** The one run of a deployment's release command. It stays as long as the deployment: what it changed in data stays too. */
export const ReleaseCommandRun = z.object({
  startedAt: z.iso.datetime(),
  endedAt: z.iso
    .datetime()
    .nullable()
    .describe("Null while it runs, when the undo ended it, and when its end is not known"),
  durationMs: z.int().nullable(),
  exitCode: z.int().nullable().describe("Null unless it ended by itself"),
  line: z.int().nullable().describe("The line of the deployment's log at which it begins"),
});
export type ReleaseCommandRun = z.infer<typeof ReleaseCommandRun>;
