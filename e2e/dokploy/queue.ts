import { setTimeout as sleep } from "node:timers/promises";

export interface Job {
  id: string;
  applicationId: string;
  type: "deploy" | "redeploy";
  title: string;
  description: string;
  timestamp: number;
  processedOn?: number;
}

/** Where jobs can be held: before the image is pulled, or before the swarm is updated. */
export type HeldAt = "begun" | "pulled";

/** In memory, in order, one job at a time for the whole server. */
export class Queue {
  #waiting: Job[] = [];
  #active: { job: Job; stop: AbortController; ended: Promise<void> } | undefined;
  #number = 0;
  #held: { at: HeldAt; released: PromiseWithResolvers<void> } | undefined;

  constructor(private readonly run: (job: Job, signal: AbortSignal) => Promise<void>) {}

  add(job: Omit<Job, "id" | "timestamp">): void {
    this.#number += 1;
    this.#waiting.push({ ...job, id: `job-${this.#number}`, timestamp: Date.now() });
    this.#next();
  }
  /** The waiting jobs, newest first, and then the running one. */
  list(): { job: Job; state: "waiting" | "active" }[] {
    const waiting = this.#waiting.toReversed().map((job) => ({ job, state: "waiting" as const }));
    return this.#active ? [...waiting, { job: this.#active.job, state: "active" }] : waiting;
  }
  dropWaiting(applicationId: string): void {
    this.#waiting = this.#waiting.filter((job) => job.applicationId !== applicationId);
  }
  get isIdle(): boolean {
    return !this.#active && this.#waiting.length === 0;
  }

  /** Jobs that reach this point wait until the returned function is called. */
  hold(at: HeldAt): () => void {
    const held = { at, released: Promise.withResolvers<void>() };
    this.#held = held;
    return () => {
      held.released.resolve();
      if (this.#held === held) this.#held = undefined;
    };
  }
  /** Where a running job waits while it is held. */
  async passHold(at: HeldAt, signal: AbortSignal): Promise<void> {
    while (this.#held?.at === at) {
      const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      await Promise.race([this.#held.released.promise, stopped]);
      signal.throwIfAborted();
    }
  }

  /** The server's process has ended: waiting jobs are forgotten, the running one stops. */
  async kill(): Promise<void> {
    this.#waiting = [];
    this.#active?.stop.abort();
    await this.#active?.ended;
  }

  #next(): void {
    const job = this.#active ? undefined : this.#waiting.shift();
    if (!job) return;
    job.processedOn = Date.now();
    const stop = new AbortController();
    const ended = this.run(job, stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      })
      .finally(() => {
        this.#active = undefined;
        this.#next();
      });
    this.#active = { job, stop, ended };
  }
}

/** Rejects when the job is stopped in the meantime. */
export const takeTime = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal });
