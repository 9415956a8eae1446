import type { DeploymentView, PhaseView } from "@/lib/contracts/deployment";
import { HOST_PHASE_TITLES } from "@/lib/contracts/phase";
import { dim, duration, green, liveLine, red } from "../screen.mjs";

type Line = ReturnType<typeof liveLine>;
const MARKS: Partial<Record<PhaseView["status"], string>> = {
  succeeded: green("✓"),
  failed: red("✗"),
  skipped: dim("–"),
};

interface ShownDeployment {
  show(view: DeploymentView): void;
  /** Ends the lines of phases that have not ended, which would be drawn for ever. */
  end(): void;
}

/** Draws a deployment: a line per phase, updated while it runs, with its duration when it has ended. */
export function showDeployment(first: DeploymentView): ShownDeployment {
  const lines = new Map<string, Line>();
  const done = new Set<string>();
  const show = (view: DeploymentView) => {
    for (const phase of view.phases) if (!done.has(phase.key)) showPhase(phase, lines, done);
  };
  const end = () => {
    for (const [key, line] of lines) if (!done.has(key)) line.end(dim("–"));
  };
  show(first);
  return { show, end };
}

function showPhase(phase: PhaseView, lines: Map<string, Line>, done: Set<string>): void {
  if (phase.status === "pending") return;
  const line = lines.get(phase.key) ?? liveLine(titleOf(phase.key), { indent: "  " });
  lines.set(phase.key, line);
  if (phase.detail) line.report(phase.detail);
  const mark = MARKS[phase.status];
  if (!mark) return;
  line.end(mark, phase.problem?.detail ?? phase.detail ?? "", duration(phase.durationMs ?? 0));
  done.add(phase.key);
}

function titleOf(key: PhaseView["key"]): string {
  return (HOST_PHASE_TITLES as Record<string, string>)[key] ?? key;
}
