import * as z from "zod";
import { DeploymentState, ProbeSummary, Progress } from "./deployment";
import { Facts } from "./fact-shape";
import { Commit } from "./git-source";
import { PhaseKey } from "./phase-shape";
import { ProblemData } from "./problem";
import { ReleaseCommandRun } from "./release-command";
import { SourceDescription } from "./source";

/** [epoch ms, stream, text]: `o` and `e` are a command's stdout and stderr, `i` is Landfall's own line. */
export const LogLine = z.tuple([z.int(), z.enum(["o", "e", "i"]), z.string()]);
export type LogLine = z.infer<typeof LogLine>;

const at = z.iso.datetime();

/** A numbered fact about a deployment. Stored by the journal, sent by SSE with its number as the event's id. */
export const DeploymentEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("state"),
    state: DeploymentState,
    at,
    problem: ProblemData.nullish(),
    durationMs: z.int().nullish(),
    url: z.string().nullish(),
    releaseNumber: z.int().nullish(),
  }),
  z.object({ type: z.literal("phase-started"), phase: PhaseKey, attempt: z.int(), at }),
  z.object({
    type: z.literal("phase-progress"),
    phase: PhaseKey,
    /** The facts in English. */
    detail: z.string().nullish(),
    facts: Facts.nullish(),
    progress: Progress.nullish(),
  }),
  z.object({
    type: z.literal("phase-finished"),
    phase: PhaseKey,
    status: z.enum(["succeeded", "failed", "skipped"]),
    at,
    durationMs: z.int(),
    detail: z.string().nullish(),
    facts: Facts.nullish(),
    problem: ProblemData.nullish(),
  }),
  z.object({
    type: z.literal("phase-undone"),
    phase: PhaseKey,
    at,
    durationMs: z.int(),
    problem: ProblemData.nullish(),
  }),
  z.object({ type: z.literal("cancelling"), at }),
  z.object({ type: z.literal("probes"), probes: ProbeSummary }),
  z.object({ type: z.literal("release-command"), run: ReleaseCommandRun }),
  z.object({ type: z.literal("commit"), commit: Commit, sourceDescription: SourceDescription }),
  z.object({ type: z.literal("warning"), problem: ProblemData }),
  z.object({ type: z.literal("log"), phase: PhaseKey.nullable(), firstLine: z.int(), lines: z.array(LogLine) }),
]);
export type DeploymentEvent = z.infer<typeof DeploymentEvent>;
export interface NumberedEvent {
  number: number;
  event: DeploymentEvent;
}
