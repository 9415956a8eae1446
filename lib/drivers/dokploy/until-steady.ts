import { setTimeout as sleep } from "node:timers/promises";
import type { HealthCheck } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import { describeProbe, probeFacts } from "../probe";
import type { StackAnswer } from "./ask-stack";
import type { StackContext } from "./context";
import { Pace } from "./pace";
import type { StackProbes } from "./stack-probes";
import { NO_CONTAINER, type TaskStatus, TaskWatch, type Watched } from "./tasks";

export interface Steady {
  status: TaskStatus;
  answer: StackAnswer;
}

interface Wanted extends Pick<HealthCheck, "portTimeoutMs"> {
  /** How long the new containers have to answer without a failure. */
  steadyMs: number;
  /** May a container of the previous release answer? Then only answers after its end count. */
  mayBeOld: boolean;
  hasHealthCheck?: boolean;
}

const OUTPUT_LINES = 50;
/** Between two checks of running containers: a container may end a moment after its first answer. */
const CHECK_EVERY_MS = 500;
const TICK_MS = 25;
/** The greatest age of the last check at the end. */
const FRESH_MS = 300;
/** A release that fails after answering well for so long is reported as unstable, not as unhealthy. */
const UNSTABLE_AFTER_MS = 1_000;
/** How long a release has to answer where the API key has no access to its containers. */
const BLIND_STEADY_MS = 15_000;

/**
 * Waits until the new containers run the wanted image and have answered at the stack's address for long enough. The start
 * timeout applies until the first good answers: after those, the release gets the time to prove that it is steady. Throws
 * service-exited, health-failed, unstable-after-switch or domain-unresolved.
 */
export async function untilSteady(
  ctx: StackContext,
  watched: Watched,
  probes: StackProbes,
  wanted: Wanted,
): Promise<Steady> {
  const watch = new Watch(ctx, watched, probes, wanted);
  probes.start();
  try {
    return await watch.untilSteady();
  } finally {
    await probes.stop();
  }
}

interface Moment {
  now: number;
  /** When the release will have been steady for long enough; null while it does not answer. */
  steadyAtMs: number | null;
  /** When the swarm answered the last check of the containers, and how long that check took. */
  checkedAtMs: number;
  checkMs: number;
}

/**
 * How long to wait before the next check. The last check is started early enough to end before the release is steady,
 * as it may take longer than the previous one. After it, only the remaining time is waited for.
 */
export function untilNextCheck({ now, steadyAtMs, checkedAtMs, checkMs }: Moment): number {
  if (steadyAtMs === null) return CHECK_EVERY_MS;
  if (isFresh(checkedAtMs, steadyAtMs)) return Math.max(0, steadyAtMs - now) + TICK_MS;
  return Math.min(CHECK_EVERY_MS, Math.max(0, steadyAtMs - FRESH_MS / 2 - checkMs - now));
}

function isFresh(checkedAtMs: number, steadyAtMs: number): boolean {
  return checkedAtMs >= steadyAtMs - FRESH_MS;
}

class Watch {
  readonly #tasks: TaskWatch;
  readonly #pace = new Pace();
  #status: TaskStatus | null = null;
  /** Since when only the new containers run, by performance.now(). */
  #upSinceMs: number | null = null;
  #hasBeenGood = false;

  constructor(
    readonly ctx: StackContext,
    readonly watched: Watched,
    readonly probes: StackProbes,
    readonly wanted: Wanted,
  ) {
    this.#tasks = new TaskWatch(ctx, watched, wanted.hasHealthCheck ?? false);
  }

  async untilSteady(): Promise<Steady> {
    for (;;) {
      const startedMs = performance.now();
      this.#take(await this.#tasks.check());
      const checkMs = performance.now() - startedMs;
      const found = this.#steady() ?? (await this.#waitForNextCheck(checkMs));
      if (found) return found;
      if (this.#isLate) throw await this.#failure();
    }
  }

  /** Answers early where the release has become steady. */
  async #waitForNextCheck(checkMs: number): Promise<Steady | null> {
    const { signal } = this.ctx;
    if (this.#upSinceMs === null) {
      await this.#pace.wait(signal);
      return null;
    }
    const now = performance.now();
    const { atMs = now } = this.#status ?? {};
    const waitMs = untilNextCheck({ now, steadyAtMs: this.#steadyAtMs, checkedAtMs: atMs, checkMs });
    for (const endMs = now + waitMs; performance.now() < endMs; ) {
      const found = this.#steady();
      if (found) return found;
      const left = [TICK_MS, endMs - performance.now(), (this.#steadyAtMs ?? endMs) - performance.now()];
      await sleep(Math.max(1, Math.min(...left)), undefined, { signal });
    }
    return this.#steady();
  }

  #take(status: TaskStatus): void {
    this.#status = status;
    this.#upSinceMs = status.is === "waiting" ? null : (this.#upSinceMs ?? status.sinceMs);
    const { last } = this.probes;
    this.ctx.progress({ facts: last && status.is !== "waiting" ? probeFacts(last) : [status.fact] });
  }

  get #goodSinceMs(): number | null {
    const { goodSinceMs } = this.probes;
    if (goodSinceMs === null || this.#upSinceMs === null) return null;
    return this.wanted.mayBeOld ? Math.max(goodSinceMs, this.#upSinceMs) : goodSinceMs;
  }

  /** When the release will be steady if no request fails until then. */
  get #steadyAtMs(): number | null {
    const since = this.#goodSinceMs;
    const { steadyMs } = this.wanted;
    return since && since + (this.#status?.is === "unknown" ? Math.max(steadyMs, BLIND_STEADY_MS) : steadyMs);
  }

  #steady(): Steady | null {
    const [since, atMs, now] = [this.#goodSinceMs, this.#steadyAtMs, performance.now()];
    const { last } = this.probes;
    if (since === null || atMs === null || !this.#status || !last?.ok) return null;
    if (this.wanted.mayBeOld && this.probes.lastAskedMs < since) return null; // a container of the previous release may have answered
    this.#hasBeenGood ||= now - since >= UNSTABLE_AFTER_MS;
    // A container may have ended since an older check.
    return now >= atMs && isFresh(this.#status.atMs, atMs) ? { status: this.#status, answer: last } : null;
  }

  get #isLate(): boolean {
    return this.#pace.elapsedMs > this.wanted.portTimeoutMs && this.#goodSinceMs === null;
  }

  async #failure(): Promise<Problem> {
    const { probes, wanted, ctx, watched } = this;
    const answer = probes.last;
    // The server returns the output of the newest running container, which may be the previous release's.
    const isItsOwn = this.#status?.is !== "waiting" || !wanted.mayBeOld;
    const output =
      isItsOwn && (await ctx.dokploy.readOutput(watched.applicationId, { tail: OUTPUT_LINES }, ctx.signal));
    for (const { text } of output || []) if (text.trim() !== "") ctx.log(text, "stdout");
    const { portTimeoutMs: timeoutMs } = wanted;
    const { detail } = this.#status ?? NO_CONTAINER;
    if (this.#status?.is === "waiting" || !answer)
      return new Problem("health-failed", { detail, params: { timeoutMs } });
    if (answer.isUnresolved) {
      const suffix = probes.host.split(".").slice(1).join(".");
      return new Problem("domain-unresolved", { params: { domain: probes.host, suffix } });
    }
    const seen = `${probes.url}${answer.path}: ${describeProbe(answer)}`;
    if (this.#hasBeenGood) return new Problem("unstable-after-switch", { detail: seen });
    const params = { path: answer.path, ...(answer.status !== null && { status: answer.status }) };
    return new Problem("health-failed", { params, detail: seen });
  }
}
