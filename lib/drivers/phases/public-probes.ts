import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { PhaseContext } from "../driver";
import { describeProbe, type ProbeAnswer, probe } from "../probe";
import type { Address } from "./candidate";

const EVERY_MS = 20;

/** Asks the service the way its users do, again and again, and counts. */
export class PublicProbes {
  readonly #ctx: PhaseContext;
  readonly #address: Address;
  #loop: Promise<void> | null = null;
  #next = Promise.withResolvers<void>();
  #stopped = false;
  #sent = 0;
  #failed = 0;
  #failedInARow = 0;
  #lastGoodAt = 0;
  #longestGapMs = 0;
  #lastFailure: string | null = null;

  constructor(ctx: PhaseContext, address: Address) {
    this.#ctx = ctx;
    this.#address = address;
  }

  get failedInARow(): number {
    return this.#failedInARow;
  }

  get summary(): ProbeSummary {
    const longestGapMs = Math.round(this.#longestGapMs);
    return { sent: this.#sent, failed: this.#failed, longestGapMs, lastFailure: this.#lastFailure };
  }

  /** One that does not count. */
  async isGood(): Promise<boolean> {
    return (await this.#ask()).ok;
  }

  /** Safe to call twice. */
  start(): void {
    this.#lastGoodAt ||= performance.now();
    this.#loop ??= this.#run();
  }

  /** Resolves when a probe that was sent after this call has its answer: the next answer may be to an earlier one. */
  async untilNext(): Promise<void> {
    await Promise.race([this.#next.promise, this.#loop]);
    await Promise.race([this.#next.promise, this.#loop]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  /** Ends quietly on an abort: the phase that started it has the same signal. */
  async #run(): Promise<void> {
    while (!this.#stopped && !this.#ctx.signal.aborted) {
      const started = performance.now();
      const answer = await this.#askUnlessAborted();
      if (!answer) return;
      this.#count(answer);
      this.#next.resolve();
      this.#next = Promise.withResolvers<void>();
      await sleep(Math.max(0, EVERY_MS - (performance.now() - started)));
    }
  }

  async #askUnlessAborted(): Promise<ProbeAnswer | null> {
    try {
      return await this.#ask();
    } catch (error) {
      if (this.#ctx.signal.aborted) return null;
      throw error;
    }
  }

  #ask(): Promise<ProbeAnswer> {
    const { spec, host, signal } = this.#ctx;
    return probe(host, {
      address: this.#address,
      path: spec.healthPath,
      timeoutMs: spec.health.requestTimeoutMs,
      signal,
    });
  }

  #count(answer: ProbeAnswer): void {
    this.#sent += 1;
    if (answer.ok) {
      const now = performance.now();
      this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastGoodAt);
      this.#lastGoodAt = now;
      this.#failedInARow = 0;
      return;
    }
    this.#failed += 1;
    this.#failedInARow += 1;
    this.#lastFailure = describeProbe(answer);
    this.#ctx.log(`probe ${this.#sent} of the public way failed: ${this.#lastFailure}`);
  }
}
