import { z } from "zod";
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

/** The one reducer: what an event does to what is known. Events at or below `view.lastEvent` change nothing. */
export function applyEvent(view: DeploymentView, { number, event }: NumberedEvent): DeploymentView {
  if (number <= view.lastEvent) return view;
  return { ...apply(view, event), lastEvent: number };
}

function apply(view: DeploymentView, event: DeploymentEvent): DeploymentView {
  switch (event.type) {
    case "state":
      return {
        ...view,
        state: event.state,
        position: event.state === "queued" ? view.position : null,
        startedAt: event.state === "running" ? (view.startedAt ?? event.at) : view.startedAt,
        finishedAt: event.durationMs == null ? view.finishedAt : event.at,
        durationMs: event.durationMs ?? view.durationMs,
        problem: event.problem ?? view.problem,
        url: event.url ?? view.url,
        releaseNumber: event.releaseNumber ?? view.releaseNumber,
      };
    case "phase-started":
      return patchPhase(view, event.phase, {
        status: "running",
        attempt: event.attempt,
        startedAt: event.at,
        finishedAt: null,
        durationMs: null,
        progress: null,
        problem: null,
      });
    case "phase-progress":
      return patchPhase(view, event.phase, {
        ...(event.detail == null ? {} : { detail: event.detail }),
        ...(event.progress == null ? {} : { progress: event.progress }),
      });
    case "phase-finished":
      return patchPhase(view, event.phase, {
        status: event.status,
        finishedAt: event.at,
        durationMs: event.durationMs,
        progress: null,
        problem: event.problem ?? null,
        ...(event.detail == null ? {} : { detail: event.detail }),
      });
    case "phase-undone":
      return patchPhase(view, event.phase, {
        undoneAt: event.at,
        undoDurationMs: event.durationMs,
        undoProblem: event.problem ?? null,
        ...(event.problem ? {} : undoneStatus(view, event.phase)),
      });
    case "cancelling":
      return { ...view, cancelRequestedAt: event.at };
    case "probes":
      return { ...view, probes: event.probes };
    case "warning":
      return { ...view, warnings: [...view.warnings, event.problem] };
    case "log":
      return { ...view, logLines: event.firstLine + event.lines.length - 1 };
  }
}

/** A failed phase stays failed (that is where the eye must go); the others become undone. */
function undoneStatus(view: DeploymentView, key: PhaseKey) {
  const failed = view.phases.some((phase) => phase.key === key && phase.status === "failed");
  return failed ? {} : { status: "undone" as const };
}

function patchPhase(
  view: DeploymentView,
  key: PhaseKey,
  change: Partial<DeploymentView["phases"][number]>,
): DeploymentView {
  return { ...view, phases: view.phases.map((phase) => (phase.key === key ? { ...phase, ...change } : phase)) };
}
