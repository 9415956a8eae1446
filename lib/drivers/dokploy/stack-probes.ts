import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { HealthCheck } from "@/lib/contracts/health-check";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { describeProbe } from "../probe";
import { askStack, type StackAnswer, stackAddress } from "./ask-stack";
import type { StackContext } from "./context";
import { Pace } from "./pace";

/** The usual path, the template's path, and the path that every web server has. */
function pathsOf(healthPath: string): string[] {
  return [...new Set(["/health", healthPath, "/"])];
}

/** Between two requests to a stack that answers. */
const EVERY_MS = 250;

/** The counts as a receipt stores them, for the next phase or another process. */
export interface Counted extends ProbeSummary {
  /** The time of the last good answer in milliseconds since 1970; null without one. */
  lastGoodAt: number | null;
  /** It was requested and never gave a good answer. */
  isSilent: boolean;
}

interface Options {
  before?: Counted | undefined;
  report?: (summary: ProbeSummary) => void;
}

/**
 * Requests a stack at its public address repeatedly, from start to stop. Answers count from the first good one on, from
 * any container: before it, no one could use the stack.
 */
export class StackProbes {
  readonly #ctx: StackContext;
  readonly #address;
  readonly #spec: DeploymentSpec;
  readonly #report: (summary: ProbeSummary) => void;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #path: string | null = null;
  #last: StackAnswer | null = null;
  #lastAskedMs = 0;
  #sent: number;
  #failed: number;
  #longestGapMs: number;
  #lastFailure: string | null;
  #lastGoodMs: number | null = null;
  #goodSinceMs: number | null = null;
  #badInARow = 0;

  constructor(ctx: StackContext, spec: DeploymentSpec, { before, report = () => {} }: Options = {}) {
    this.#ctx = ctx;
    this.#spec = spec;
    this.#report = report;
    this.#address = stackAddress(spec, ctx.proxyPorts);
    this.#sent = before?.sent ?? 0;
    this.#failed = before?.failed ?? 0;
    this.#longestGapMs = before?.longestGapMs ?? 0;
    this.#lastFailure = before?.lastFailure ?? null;
    const { lastGoodAt = null } = before ?? {};
    if (lastGoodAt !== null) this.#lastGoodMs = performance.now() - (Date.now() - lastGoodAt);
  }

  get url(): string {
    return this.#address.url;
  }
  get host(): string {
    return this.#address.host;
  }
  /** The newest answer. */
  get last(): StackAnswer | null {
    return this.#last;
  }
  /** When the request of the newest answer was sent, by performance.now(). */
  get lastAskedMs(): number {
    return this.#lastAskedMs;
  }
  /** Since when it is healthy, by performance.now(): fewer failures in a row than the unhealthy threshold. */
  get goodSinceMs(): number | null {
    return this.#last?.ok ? this.#goodSinceMs : null;
  }
  get summary(): ProbeSummary {
    const longestGapMs = Math.round(this.#longestGapMs);
    return { sent: this.#sent, failed: this.#failed, longestGapMs, lastFailure: this.#lastFailure };
  }
  get counted(): Counted {
    const lastGoodMs = this.#lastGoodMs;
    const lastGoodAt = lastGoodMs === null ? null : Date.now() - (performance.now() - lastGoodMs);
    return { ...this.summary, lastGoodAt, isSilent: this.#last !== null && this.#sent === 0 };
  }
  get #health(): HealthCheck {
    return this.#spec.health;
  }

  start(): void {
    this.#running = this.#askUntilStopped(AbortSignal.any([this.#ctx.signal, this.#stopped.signal]));
  }

  /** Resolves when the last request has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #askUntilStopped(signal: AbortSignal): Promise<void> {
    const pace = new Pace();
    try {
      for (;;) {
        const askedMs = performance.now();
        this.#take(await this.#ask(signal), askedMs);
        if (this.#path === null) await pace.wait(signal, this.#health.intervalMs);
        else await sleep(EVERY_MS, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /**
   * The first path with a good answer is used from then on; without one, the last bad answer is the result. A stack may
   * start between two requests, so the earlier paths are tried once more before the good one is chosen.
   */
  async #ask(signal: AbortSignal): Promise<StackAnswer> {
    const paths = this.#path === null ? pathsOf(this.#spec.healthPath) : [this.#path];
    const answer = await this.#firstGood(paths, signal);
    return answer.ok && answer.path !== paths[0] ? this.#firstGood(paths, signal) : answer;
  }

  async #firstGood([path = "/", ...others]: readonly string[], signal: AbortSignal): Promise<StackAnswer> {
    const { requestTimeoutMs: timeoutMs } = this.#health;
    const answer = await askStack({ address: this.#address, path, timeoutMs, signal });
    return answer.ok || answer.status === null || others.length === 0 ? answer : this.#firstGood(others, signal);
  }

  #take(answer: StackAnswer, askedMs: number): void {
    this.#last = answer;
    this.#lastAskedMs = askedMs;
    if (answer.ok) this.#path ??= answer.path;
    if (this.#path === null && this.#sent === 0) return;
    const now = performance.now();
    this.#sent += 1;
    if (answer.ok) this.#takeGood(now);
    else this.#takeBad(answer);
    this.#report(this.summary);
  }

  #takeGood(now: number): void {
    if (this.#lastGoodMs !== null) this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastGoodMs);
    this.#lastGoodMs = now;
    this.#badInARow = 0;
    this.#goodSinceMs ??= now;
  }

  #takeBad(answer: StackAnswer): void {
    this.#failed += 1;
    this.#badInARow += 1;
    this.#lastFailure = describeProbe(answer);
    if (this.#badInARow >= this.#health.unhealthyThreshold) this.#goodSinceMs = null;
    this.#ctx.log(`request ${this.#sent} to ${this.url}${answer.path} failed: ${this.#lastFailure}`);
  }
}
