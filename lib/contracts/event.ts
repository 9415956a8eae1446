import * as z from "zod";
import { DeploymentState, type DeploymentView, ProbeSummary, Progress } from "./deployment";
import { PhaseKey } from "./phase";
import { ProblemData } from "./problem";

/** [epoch ms, stream, text]: `o` and `e` are what a command wrote, `i` is what Landfall says. */
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
    detail: z.string().nullish(),
    progress: Progress.nullish(),
  }),
  z.object({
    type: z.literal("phase-finished"),
    phase: PhaseKey,
    status: z.enum(["succeeded", "failed", "skipped"]),
    at,
    durationMs: z.int(),
    detail: z.string().nullish(),
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
  z.object({ type: z.literal("warning"), problem: ProblemData }),
  z.object({ type: z.literal("log"), phase: PhaseKey.nullable(), firstLine: z.int(), lines: z.array(LogLine) }),
]);
export type DeploymentEvent = z.infer<typeof DeploymentEvent>;
export interface NumberedEvent {
  number: number;
  event: DeploymentEvent;
}

type View = DeploymentView;
type EventOf<Type extends DeploymentEvent["type"]> = Extract<DeploymentEvent, { type: Type }>;

/** The one reducer: what an event does to what is known. Events at or below `view.lastEvent` change nothing. */
export function applyEvent(view: View, { number, event }: NumberedEvent): View {
  if (number <= view.lastEvent) return view;
  const change = CHANGES[event.type] as (view: View, event: DeploymentEvent) => Partial<View>;
  return { ...view, ...change(view, event), lastEvent: number };
}

const CHANGES: { [Type in DeploymentEvent["type"]]: (view: View, event: EventOf<Type>) => Partial<View> } = {
  state: changeState,
  "phase-started": (view, { phase, attempt, at: startedAt }) =>
    phaseChange(view, phase, { ...UNENDED, status: "running", attempt, startedAt }),
  "phase-progress": (view, { phase, detail, progress }) =>
    phaseChange(view, phase, { ...(detail == null ? {} : { detail }), ...(progress == null ? {} : { progress }) }),
  "phase-finished": (view, { phase, status, at: finishedAt, durationMs, problem = null, detail }) =>
    phaseChange(view, phase, {
      status,
      finishedAt,
      durationMs,
      problem,
      progress: null,
      ...(detail == null ? {} : { detail }),
    }),
  "phase-undone": (view, { phase, at: undoneAt, durationMs: undoDurationMs, problem: undoProblem = null }) =>
    phaseChange(view, phase, {
      undoneAt,
      undoDurationMs,
      undoProblem,
      ...(undoProblem ? {} : undoneStatus(view, phase)),
    }),
  cancelling: (_view, { at: cancelRequestedAt }) => ({ cancelRequestedAt }),
  probes: (_view, { probes }) => ({ probes }),
  warning: (view, { problem }) => ({ warnings: [...view.warnings, problem] }),
  log: (_view, { firstLine, lines }) => ({ logLines: firstLine + lines.length - 1 }),
};

const UNENDED = { finishedAt: null, durationMs: null, progress: null, problem: null } as const;

function changeState(
  view: View,
  { state, at, durationMs, problem, url, releaseNumber }: EventOf<"state">,
): Partial<View> {
  return {
    state,
    position: state === "queued" ? view.position : null,
    startedAt: state === "running" ? (view.startedAt ?? at) : view.startedAt,
    finishedAt: durationMs == null ? view.finishedAt : at,
    durationMs: durationMs ?? view.durationMs,
    problem: problem ?? view.problem,
    url: url ?? view.url,
    releaseNumber: releaseNumber ?? view.releaseNumber,
  };
}

/** A failed phase stays failed (that is where the eye must go); the others become undone. */
function undoneStatus(view: View, key: PhaseKey) {
  const failed = view.phases.some((phase) => phase.key === key && phase.status === "failed");
  return failed ? {} : { status: "undone" as const };
}

function phaseChange(view: View, key: PhaseKey, change: Partial<View["phases"][number]>): Partial<View> {
  return { phases: view.phases.map((phase) => (phase.key === key ? { ...phase, ...change } : phase)) };
}
