import { setTimeout as sleep } from "node:timers/promises";
import type { HealthCheck } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import { describeProbe, probeFacts } from "../probe";
import type { StackAnswer } from "./ask-stack";
import { NO_CONTAINER, type TaskLook, TaskWatch, type Watched } from "./look-at-tasks";
import { Pace } from "./pace";
import type { StackContext } from "./stack-phase";
import type { StackProbes } from "./stack-probes";

export interface Steady {
  look: TaskLook;
  answer: StackAnswer;
}

interface Wanted extends Pick<HealthCheck, "portTimeoutMs"> {
  /** How long the new containers have to answer without a break. */
  steadyMs: number;
  /** Could a container of the previous release have answered? Then only what comes after it ended counts. */
  mayBeOld: boolean;
  hasHealthCheck?: boolean;
}

const OUTPUT_LINES = 50;
/** Between two looks at containers that are up: a container may end a moment after its first answer. */
const LOOK_EVERY_MS = 500;
const TICK_MS = 25;
/** How old the last look at the containers may be in the end. */
const FRESH_MS = 300;
/** What answered well for so long and fails is called unstable, not unhealthy. */
const UNSTABLE_AFTER_MS = 1_000;
/** How long it has to answer without a break where nobody may ask what its containers do. */
const BLIND_STEADY_MS = 15_000;

/**
 * Waits until the new containers run the wanted image and have answered at the stack's address for long enough. The
 * start time-out ends only what does not answer: one that has begun to is given the time to prove itself. Throws
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
  /** When it will have been steady for long enough; null while it is not. */
  steadyAtMs: number | null;
  /** The last look at the containers: when the swarm answered, and how long it took. */
  lookAtMs: number;
  lookMs: number;
}

/**
 * How long to wait before the next look. The last of all is over a little before the end, as it may take longer than the
 * one before; after it there is only the rest of the time to wait for.
 */
export function untilLook({ now, steadyAtMs, lookAtMs, lookMs }: Moment): number {
  if (steadyAtMs === null) return LOOK_EVERY_MS;
  if (isFresh(lookAtMs, steadyAtMs)) return Math.max(0, steadyAtMs - now) + TICK_MS;
  return Math.min(LOOK_EVERY_MS, Math.max(0, steadyAtMs - FRESH_MS / 2 - lookMs - now));
}

function isFresh(lookAtMs: number, steadyAtMs: number): boolean {
  return lookAtMs >= steadyAtMs - FRESH_MS;
}

class Watch {
  readonly #tasks: TaskWatch;
  readonly #pace = new Pace();
  #look: TaskLook | null = null;
  /** Since when only the new containers run. */
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
      this.#take(await this.#tasks.look());
      const lookMs = performance.now() - startedMs;
      const found = this.#steady() ?? (await this.#untilNextLook(lookMs));
      if (found) return found;
      if (this.#isLate) throw await this.#failure();
    }
  }

  /** Answers as soon as it has been steady for long enough. */
  async #untilNextLook(lookMs: number): Promise<Steady | null> {
    const { signal } = this.ctx;
    if (this.#upSinceMs === null) {
      await this.#pace.wait(signal);
      return null;
    }
    const now = performance.now();
    const { atMs = now } = this.#look ?? {};
    const waitMs = untilLook({ now, steadyAtMs: this.#steadyAtMs, lookAtMs: atMs, lookMs });
    for (const endMs = now + waitMs; performance.now() < endMs; ) {
      const found = this.#steady();
      if (found) return found;
      const left = [TICK_MS, endMs - performance.now(), (this.#steadyAtMs ?? endMs) - performance.now()];
      await sleep(Math.max(1, Math.min(...left)), undefined, { signal });
    }
    return this.#steady();
  }

  #take(look: TaskLook): void {
    this.#look = look;
    this.#upSinceMs = look.is === "waiting" ? null : (this.#upSinceMs ?? look.sinceMs);
    const { last } = this.probes;
    this.ctx.progress({ facts: last && look.is !== "waiting" ? probeFacts(last) : [look.fact] });
  }

  get #goodSinceMs(): number | null {
    const { goodSinceMs } = this.probes;
    if (goodSinceMs === null || this.#upSinceMs === null) return null;
    return this.wanted.mayBeOld ? Math.max(goodSinceMs, this.#upSinceMs) : goodSinceMs;
  }

  /** When it will have answered for long enough if nothing fails until then. */
  get #steadyAtMs(): number | null {
    const since = this.#goodSinceMs;
    const { steadyMs } = this.wanted;
    return since && since + (this.#look?.is === "unknown" ? Math.max(steadyMs, BLIND_STEADY_MS) : steadyMs);
  }

  #steady(): Steady | null {
    const [since, atMs, now] = [this.#goodSinceMs, this.#steadyAtMs, performance.now()];
    const { last } = this.probes;
    if (since === null || atMs === null || !this.#look || !last?.ok) return null;
    if (this.wanted.mayBeOld && this.probes.lastAskedMs < since) return null; // a container of before may have answered
    this.#hasBeenGood ||= now - since >= UNSTABLE_AFTER_MS;
    // A container that ended since the last look would not be known.
    return now >= atMs && isFresh(this.#look.atMs, atMs) ? { look: this.#look, answer: last } : null;
  }

  get #isLate(): boolean {
    return this.#pace.elapsedMs > this.wanted.portTimeoutMs && this.#goodSinceMs === null;
  }

  async #failure(): Promise<Problem> {
    const { probes, wanted, ctx, watched } = this;
    const answer = probes.last;
    // The server gives the output of the newest container that runs, which may be a previous one.
    const isItsOwn = this.#look?.is !== "waiting" || !wanted.mayBeOld;
    const output =
      isItsOwn && (await ctx.dokploy.readOutput(watched.applicationId, { tail: OUTPUT_LINES }, ctx.signal));
    for (const { text } of output || []) if (text.trim() !== "") ctx.log(text, "stdout");
    const { portTimeoutMs: timeoutMs } = wanted;
    const { detail } = this.#look ?? NO_CONTAINER;
    if (this.#look?.is === "waiting" || !answer) return new Problem("health-failed", { detail, params: { timeoutMs } });
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
