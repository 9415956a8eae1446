import type { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { Sentences } from "../sentences";
import {
  STACK_DEPLOYMENT_STATUSES,
  type StackAccepted,
  type StackDeploymentAnswer,
  type StackFailure,
  type StackProgress,
} from "./stack";

/** A deployment in the stack API. Rows of the database have this shape already. */
export interface StackDeploymentRecord {
  id: string;
  stackName: string;
  kind: DeploymentKind;
  state: DeploymentState;
  phases: { key: PhaseKey; status: PhaseStatus; hasFailed: boolean }[];
  problem: ProblemData | null;
  url: string | null;
  resources: StackProgress["resources"];
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
}

/** The same response for a repeated request, even if a worker has already begun. */
export function stackAccepted({ id, stackName, url }: StackDeploymentRecord): StackAccepted {
  return { success: true, deploymentId: id, name: stackName, url, status: "pending" };
}

export function stackDeploymentAnswer(
  record: StackDeploymentRecord,
  logs: string[],
  sentences: Sentences,
): StackDeploymentAnswer {
  const { id, stackName, state, url, resources, startedAt, finishedAt } = record;
  return {
    success: true,
    deployment: {
      id,
      stackName,
      phase: currentPhase(record),
      status: STACK_DEPLOYMENT_STATUSES[state],
      progress: progressOf(record),
      message: messageOf(record, sentences),
      url,
      resources,
      timestamps: { started: startedAt, completed: finishedAt },
      ...(hasFailed(record) && { error: stackFailure(record, sentences) }),
      logs,
    },
  };
}

/** Why and where it failed. A deployment that ended without a problem was cancelled. */
export function stackFailure(record: StackDeploymentRecord, sentences: Sentences): StackFailure {
  const problem = record.problem ?? { code: "deployment-cancelled", params: {} };
  return { phase: currentPhase(record), message: problemSentence(problem, sentences), code: problem.code };
}

/** Adds only the first line of the machine's output; the log has the rest. */
export function problemSentence({ code, params, detail }: ProblemData, sentences: Sentences): string {
  const sentence = sentences.problem(code, params);
  const firstLine = detail?.trim().split("\n", 1)[0];
  return firstLine ? `${sentence} (${firstLine})` : sentence;
}

function hasFailed({ state }: StackDeploymentRecord): boolean {
  return isFinished(state) && state !== "succeeded";
}

/** The running phase; else the failed one; between two phases the next one; after success the last one. */
export function currentPhase({ phases, state }: Pick<StackDeploymentRecord, "phases" | "state">): PhaseKey {
  const found =
    phases.find(({ status }) => status === "running") ??
    phases.find((phase) => phase.hasFailed) ??
    (state === "queued" || state === "running" ? phases.find(({ status }) => status === "pending") : undefined) ??
    phases.findLast(({ status }) => status !== "pending") ??
    phases[0];
  return found?.key ?? "completed";
}

function progressOf(record: StackDeploymentRecord): number {
  const keys = record.phases.map(({ key }) => key);
  return record.state === "succeeded" ? 100 : percentOf(keys.indexOf(currentPhase(record)), keys.length);
}

export function percentOf(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.max(0, Math.round((done / total) * 100)));
}

function messageOf(record: StackDeploymentRecord, sentences: Sentences): string {
  const { state, kind, stackName: name } = record;
  switch (state) {
    case "running":
      return sentences.phase(currentPhase(record)).now;
    case "succeeded":
      return sentences.standing(`done.${kind}`, { name });
    case "failed":
      return sentences.standing(`failed.${kind}`, { name });
    default:
      return sentences.standing(state, { name });
  }
}
