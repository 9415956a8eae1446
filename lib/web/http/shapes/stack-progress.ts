import { isFinished } from "@/lib/contracts/deployment-state";
import type { DeploymentEvent, NumberedEvent } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { Sentences } from "../sentences";
import { type SseMessage, sseFrame } from "../sse";
import type { StackComplete, StackProgress } from "./stack";
import { percentOf, problemSentence, type StackDeploymentRecord, stackFailure } from "./stack-deployment";

interface Telling {
  sentences: Sentences;
  /** The deployment as it is now. */
  read(): Promise<StackDeploymentRecord>;
}

/**
 * A deployment's events as the stack API streams them. Each message has its event's number and depends only on that
 * event and the database, so that a client can resume from any number.
 */
export async function* stackFrames(
  batches: AsyncIterable<NumberedEvent[]>,
  { sentences, read }: Telling,
): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    const told = batch.filter(({ event }) => TOLD.has(event.type));
    if (told.length === 0) continue;
    const record = await read();
    const messages = told.flatMap((numbered) => toMessage(numbered, record, sentences));
    if (messages.length > 0) yield Buffer.concat(messages.map(sseFrame));
  }
}

const TOLD = new Set<DeploymentEvent["type"]>(["state", "phase-started", "phase-progress", "phase-finished"]);

function toMessage({ number: id, event }: NumberedEvent, record: StackDeploymentRecord, sentences: Sentences) {
  const end = event.type === "state" ? endOf(event, record, sentences) : null;
  if (end) return [{ id, ...end }];
  const step = stepOf(event, record, sentences);
  return step ? [{ id, event: "progress", data: { ...step, resources: record.resources } }] : [];
}

/** Null for a state that is not final: a stuck deployment may have been fixed since. */
function endOf(
  { state }: DeploymentEvent & { type: "state" },
  record: StackDeploymentRecord,
  sentences: Sentences,
): Omit<SseMessage, "id"> | null {
  if (!isFinished(state) || state !== record.state) return null;
  if (state !== "succeeded") return { event: "error", data: stackFailure(record, sentences) };
  const { kind, url, resources, durationMs } = record;
  const status = kind === "removal" ? "removed" : "ready";
  const data: StackComplete = { url, status, resources, duration: (durationMs ?? 0) / 1_000 };
  return { event: "complete", data };
}

type Step = Omit<StackProgress, "resources">;

function stepOf(event: DeploymentEvent, record: StackDeploymentRecord, sentences: Sentences): Step | null {
  const keys = record.phases.map(({ key }) => key);
  const at = (phase: PhaseKey, within: number) => percentOf(keys.indexOf(phase) + within, keys.length);
  switch (event.type) {
    case "state":
      return event.state === "queued" ? waiting(record, sentences) : null;
    case "phase-started":
    case "phase-progress": {
      const { phase } = event;
      const { title, now } = sentences.phase(phase);
      const within = event.type === "phase-progress" ? shareOf(event) : 0;
      const currentStep = (event.type === "phase-progress" && told(event, sentences)) || title;
      return { phase, status: "in_progress", progress: at(phase, within), message: now, currentStep };
    }
    case "phase-finished": {
      const { phase, status, problem } = event;
      const { title, now } = sentences.phase(phase);
      const message = problem ? problemSentence(problem, sentences) : now;
      const hasFailed = status === "failed";
      return {
        phase,
        status: hasFailed ? "failure" : "success",
        progress: at(phase, hasFailed ? 0 : 1),
        message,
        currentStep: told(event, sentences) || title,
      };
    }
    default:
      return null;
  }
}

function waiting({ phases, stackName: name }: StackDeploymentRecord, sentences: Sentences): Step {
  const phase = phases[0]?.key ?? "completed";
  const currentStep = sentences.phase(phase).title;
  return { phase, status: "in_progress", progress: 0, message: sentences.standing("queued", { name }), currentStep };
}

/** The text of a phase from before facts existed. */
function told(
  { facts, detail }: DeploymentEvent & { type: "phase-progress" | "phase-finished" },
  sentences: Sentences,
): string | null | undefined {
  return facts && facts.length > 0 ? sentences.facts(facts) : detail;
}

/** The completed part of the phase, from 0 to 1. */
function shareOf({ progress }: DeploymentEvent & { type: "phase-progress" }): number {
  return progress?.total ? Math.min(1, progress.done / progress.total) : 0;
}
