import { expect } from "vitest";
import { DeploymentState, type DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { Actor } from "@/lib/contracts/user";
import { cancelDeployment, retryUndo } from "@/lib/engine/deployment-commands";
import { getDeployment } from "@/lib/engine/deployment-store";
import { readEvents } from "@/lib/engine/follow-deployment";
import { db } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { until } from "./until";

/** The test's own reads must survive a restart of the database, too. */
const PATIENCE_MS = 30_000;

/** A requested deployment, followed through the database as any page does. */
export class AskedDeployment {
  constructor(
    readonly id: string,
    readonly by: Actor,
  ) {}

  view(): Promise<DeploymentView> {
    return retryTransient(() => getDeployment(this.id), { patienceMs: PATIENCE_MS });
  }

  /** Increases whenever a worker claims it. */
  async claims(): Promise<number> {
    const read = () => db.deployment.findUniqueOrThrow({ where: { id: this.id }, select: { fencing: true } });
    return (await retryTransient(read, { patienceMs: PATIENCE_MS })).fencing;
  }

  /** The phase has begun and, if a line is given, its log contains that line. */
  async reaches(key: PhaseKey, line?: string): Promise<void> {
    await until(`${key} runs`, () => this.#runs(key));
    if (line) await until(`${key} says "${line}"`, () => this.#says(line));
  }

  async isUndoing(): Promise<void> {
    await until("it is being undone", async () => (await this.#state()) === "undoing");
  }

  /** The process that runs the deployment. */
  async workerPid(): Promise<number> {
    const { workerId } = await db.deployment.findUniqueOrThrow({ where: { id: this.id }, select: { workerId: true } });
    return (await db.process.findUniqueOrThrow({ where: { id: workerId ?? "" } })).pid;
  }

  /** Another worker has claimed it. */
  async isTakenOver(claimsBefore: number): Promise<void> {
    const isTaken = async () => (await this.claims()) > claimsBefore;
    await until("another worker takes it", isTaken, { withinMs: 60_000, everyMs: 250 });
  }

  async ends(withinMs = 120_000): Promise<DeploymentView> {
    const hasEnded = async () => isFinished(await this.#state());
    await until(`deployment ${this.id} ends`, hasEnded, { withinMs, everyMs: 250 });
    await this.hasWholeStory();
    return this.view();
  }

  async cancel(): Promise<void> {
    await cancelDeployment(this.id, this.by);
  }
  /** Retries an undo that got stuck. */
  async retry(): Promise<void> {
    await retryUndo(this.id, this.by);
  }

  /** Its events and its log lines are numbered up to the last without a gap or a repeat. */
  async hasWholeStory(): Promise<void> {
    const { lastEvent, logLines } = await this.view();
    const events = await this.#events();
    expect(events.map(({ number }) => number)).toEqual(Array.from({ length: lastEvent }, (_, index) => index + 1));
    let lines = 0;
    for (const { event } of events) {
      if (event.type !== "log") continue;
      expect(event.firstLine).toBe(lines + 1);
      lines += event.lines.length;
    }
    expect(lines).toBe(logLines);
  }

  async #state(): Promise<DeploymentState> {
    const read = () => db.deployment.findUniqueOrThrow({ where: { id: this.id }, select: { state: true } });
    return DeploymentState.parse((await retryTransient(read, { patienceMs: PATIENCE_MS })).state);
  }

  /** A small query, or a short phase would be over before it is seen. */
  async #runs(key: PhaseKey): Promise<boolean> {
    const count = () => db.phase.count({ where: { deploymentId: this.id, key, status: "running" } });
    return (await retryTransient(count, { patienceMs: PATIENCE_MS })) === 1;
  }

  async #events() {
    const all = [];
    for (;;) {
      const more = await readEvents(this.id, all.at(-1)?.number ?? 0);
      if (more.length === 0) return all;
      all.push(...more);
    }
  }

  async #says(text: string): Promise<boolean> {
    const lines = (await this.#events()).flatMap(({ event }) => (event.type === "log" ? event.lines : []));
    return lines.some(([, , line]) => line.includes(text));
  }
}

export function statusOf(view: DeploymentView, key: PhaseKey): string | undefined {
  return view.phases.find((phase) => phase.key === key)?.status;
}

/** One word per phase, as in the displayed timeline. */
export function timeline(view: DeploymentView): string[] {
  return view.phases.map(({ key, status }) => `${key} ${status}`);
}

/** Which phases were begun more than once, and how often. */
export function repeats(view: DeploymentView): Record<string, number> {
  return Object.fromEntries(view.phases.filter(({ attempt }) => attempt > 1).map(({ key, attempt }) => [key, attempt]));
}
