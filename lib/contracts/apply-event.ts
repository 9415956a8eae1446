import type { DeploymentView } from "./deployment";
import type { DeploymentEvent, NumberedEvent } from "./event";
import type { PhaseKey } from "./phase";

type View = DeploymentView;
type EventOf<Type extends DeploymentEvent["type"]> = Extract<DeploymentEvent, { type: Type }>;

/** Applies an event to a view. An event numbered at or below `view.lastEvent` changes nothing. */
export function applyEvent(view: View, { number, event }: NumberedEvent): View {
  if (number <= view.lastEvent) return view;
  const change = CHANGES[event.type] as (view: View, event: DeploymentEvent) => Partial<View>;
  return { ...view, ...change(view, event), lastEvent: number };
}

const CHANGES: { [Type in DeploymentEvent["type"]]: (view: View, event: EventOf<Type>) => Partial<View> } = {
  state: changeState,
  "phase-started": (view, { phase, attempt, at: startedAt }) =>
    phaseChange(view, phase, { ...UNENDED, status: "running", attempt, startedAt }),
  "phase-progress": (view, { phase, progress, ...told }) =>
    phaseChange(view, phase, { ...detailOf(told), ...(progress == null ? {} : { progress }) }),
  "phase-finished": (view, { phase, status, at: finishedAt, durationMs, problem = null, ...told }) =>
    phaseChange(view, phase, {
      status,
      finishedAt,
      durationMs,
      problem,
      progress: null,
      ...detailOf(told),
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
  "release-command": (_view, { run: releaseCommand }) => ({ releaseCommand }),
  commit: (_view, { commit, sourceDescription }) => ({ commit, sourceDescription }),
  warning: (view, { problem }) => ({ warnings: [...view.warnings, problem] }),
  log: (_view, { firstLine, lines }) => ({ logLines: firstLine + lines.length - 1 }),
};

/** The event types that the reducer knows. */
export const EVENT_TYPES = Object.keys(CHANGES) as DeploymentEvent["type"][];

/** Facts and their text change together. */
function detailOf({ detail, facts }: Pick<EventOf<"phase-progress">, "detail" | "facts">) {
  return detail == null ? {} : { detail, facts: facts ?? [] };
}

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

/** A failed phase stays failed, because it shows where the deployment broke. Every other phase becomes undone. */
function undoneStatus(view: View, key: PhaseKey) {
  const failed = view.phases.some((phase) => phase.key === key && phase.status === "failed");
  return failed ? {} : { status: "undone" as const };
}

function phaseChange(view: View, key: PhaseKey, change: Partial<View["phases"][number]>): Partial<View> {
  return { phases: view.phases.map((phase) => (phase.key === key ? { ...phase, ...change } : phase)) };
}
