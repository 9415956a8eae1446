import type * as z from "zod";
import type { DeploymentState, PhaseView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { HOST_PHASE_TITLES, type PhaseKey, type PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { foldersOf } from "@/lib/contracts/source";
import type { Sentences } from "../sentences";
import type { DeployerAccepted, DeployerJob } from "./deployer";

/** A deployment in the deployer API. Rows of the database have this shape already. */
export interface DeploymentRecord {
  id: string;
  state: DeploymentState;
  spec: DeploymentSpec;
  url: string | null;
  queuedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
  problem: ProblemData | null;
  phases: Pick<PhaseView, "key" | "status" | "startedAt" | "finishedAt" | "durationMs" | "detail" | "problem">[];
  registration: {
    dropletId: number | null;
    name: string;
    endpoint: string;
    registeredAt: string | null;
    response: NonNullable<DeployerJob["registration"]>["registry_response"];
  } | null;
}

const STATUSES: Record<DeploymentState, DeployerJob["status"]> = {
  queued: "pending",
  running: "running",
  undoing: "running",
  succeeded: "completed",
  failed: "failed",
  cancelled: "failed",
  stuck: "failed",
};

/** An undone phase had succeeded: the failure is the deployment's, not the phase's. */
const PHASE_STATUSES: Record<PhaseStatus, DeployerJob["phases"][number]["status"]> = {
  pending: "pending",
  running: "running",
  succeeded: "success",
  failed: "failed",
  skipped: "skipped",
  undone: "success",
};

const TITLES: Partial<Record<PhaseKey, string>> = HOST_PHASE_TITLES;

export function deployerAccepted(deployment: {
  id: string;
  service: { name: string };
  queuedAt: string;
}): z.infer<typeof DeployerAccepted> {
  return {
    deploy_job_id: deployment.id,
    service_name: deployment.service.name,
    status: "pending",
    created_at: deployment.queuedAt,
  };
}

export function deployerJob(record: DeploymentRecord, sentences: Sentences): DeployerJob {
  const { id, state, spec, url, problem } = record;
  return {
    deploy_job_id: id,
    service_name: spec.serviceName,
    service_path: foldersOf(spec.source)[0]?.path ?? null,
    status: STATUSES[state],
    droplet_id: record.registration?.dropletId ?? spec.dropletId,
    service_port: spec.port,
    service_url: url,
    deployment_method: spec.driver,
    phases: record.phases.map((phase) => toPhase(phase, state, sentences)),
    registration: record.registration && {
      droplet_id: record.registration.dropletId,
      service_name: record.registration.name,
      endpoint: record.registration.endpoint,
      registered_at: record.registration.registeredAt,
      registry_response: record.registration.response,
    },
    started_at: record.startedAt ?? record.queuedAt,
    completed_at: record.finishedAt,
    duration_seconds: toSeconds(record.durationMs),
    success: state === "succeeded",
    error: problem && toSentence(problem, sentences),
    verification_job_id: spec.clientJobId ?? null,
  };
}

function toPhase(
  phase: DeploymentRecord["phases"][number],
  state: DeploymentState,
  sentences: Sentences,
): DeployerJob["phases"][number] {
  const neverBegan = phase.status === "pending" && isFinished(state);
  return {
    phase: TITLES[phase.key] ?? phase.key,
    status: neverBegan ? "skipped" : PHASE_STATUSES[phase.status],
    started_at: phase.startedAt,
    completed_at: phase.finishedAt,
    duration_seconds: toSeconds(phase.durationMs),
    details: phase.detail ?? "",
    error: phase.problem && toSentence(phase.problem, sentences),
  };
}

/** Rounded, because clients read integers. */
function toSeconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms / 1_000);
}

function toSentence({ code, params, detail }: ProblemData, sentences: Sentences): string {
  const sentence = sentences.problem(code, params);
  return detail ? `${sentence} (${detail})` : sentence;
}
