import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { CauseFinder, failedBy } from "../cause";
import type { CutShort } from "../cut-short";
import type { Json, PhaseContext } from "../driver";
import { describeProbe, healthRequest, type ProbeAnswer, probe } from "../probe";
import { count, duration } from "../quantity";

const CHECK_EVERY_MS = 200;
/** A release of a rollback was verified before, and a rollback is urgent. */
const LONGEST_ROLLBACK_WINDOW_MS = 1_000;

/**
 * Moves the traffic and probes the public address throughout: from before the switch, if a release was live, to the end
 * of the stability window. Fails when the release is not stable; the phase's undo then switches back.
 */
export async function switchAndWatch(ctx: PhaseContext, candidate: Candidate): Promise<ProbeSummary> {
  const before = await candidate.state();
  const probes = new PublicProbes(ctx, candidate.publicAddress);
  const servedBefore = await probes.isGood();
  if (servedBefore) probes.start();
  try {
    await candidate.switchTo();
    ctx.log("new requests go to the new release");
    probes.start();
    await watchWindow(ctx, candidate, probes, before.restarts);
  } finally {
    await probes.stop();
    ctx.setProbes(probes.summary);
  }
  const { sent, failed, longestGapMs } = probes.summary;
  ctx.log(
    `${count(sent)} requests to the public address, ${count(failed)} failed, longest gap ${duration(longestGapMs)}`,
  );
  return probes.summary;
}

async function watchWindow(
  ctx: PhaseContext,
  candidate: Candidate,
  probes: PublicProbes,
  restartsBefore: number,
): Promise<void> {
  const { unhealthyThreshold } = ctx.spec.health;
  const end = performance.now() + windowMs(ctx);
  do {
    const leftMs = Math.max(0, end - performance.now());
    // Even without a window, one answer must come through the public address.
    await Promise.all([probes.untilNext(), sleep(Math.min(leftMs, CHECK_EVERY_MS), undefined, { signal: ctx.signal })]);
    const { serves, exited, restarts } = await candidate.state();
    await candidate.checkWorkers();
    const isSteady = serves && !exited && restarts === restartsBefore;
    if (!isSteady || probes.failedInARow >= unhealthyThreshold)
      throw await unstable(ctx, candidate, probes.summary, restarts - restartsBefore);
  } while (performance.now() < end);
  if (probes.failedInARow > 0) throw await unstable(ctx, candidate, probes.summary, 0);
}

export function windowMs({ kind, spec }: Pick<PhaseContext, "kind" | "spec">): number {
  const { stabilityMs } = spec.health;
  return kind === "rollback" ? Math.min(stabilityMs, LONGEST_ROLLBACK_WINDOW_MS) : stabilityMs;
}

async function unstable(
  ctx: PhaseContext,
  candidate: Candidate,
  { sent, failed, lastFailure }: ProbeSummary,
  restarts: number,
): Promise<Problem> {
  const { known } = await logOutput(ctx, candidate);
  const params = { sent, failed, restarts };
  if (known) return failedBy(known, "unstable-after-switch", params);
  const detail = restarts > 0 ? `it restarted ${restarts} times` : (lastFailure ?? "it ended");
  return new Problem("unstable-after-switch", { params, detail });
}

const OUTPUT_LINES = 50;

export interface Address {
  host?: string;
  port: number;
}

export interface CandidateState {
  /** The release's own address, once it listens. */
  address: Address | null;
  /** Set once the release has ended and nothing restarts it. */
  exited: { exitCode: number | null; signal: string | null } | null;
  /** Does the public port lead to it? */
  serves: boolean;
  restarts: number;
}

/** A release that is about to become live. */
export interface Candidate {
  /** Starts the release if it is gone, as it may be after another worker took over. */
  ensure(): Promise<void>;
  state(): Promise<CandidateState>;
  lastOutput(lines: number): Promise<readonly string[]>;
  /** Starts the release's processes without a port, and proves them. Throws when one does not stay up. */
  startWorkers(): Promise<void>;
  /** Throws when one of them has ended or was started again. */
  checkWorkers(): Promise<void>;
  /** Routes new requests to the release. The previous release keeps running. */
  switchTo(): Promise<void>;
  /** Drains and stops the previous releases, without deleting them. Answers the requests that did not end in time. */
  retireOthers(): Promise<CutShort[]>;
  /** The public address, as seen from the host. */
  readonly publicAddress: Address;
  /** The receipt from which any process can switch back. */
  readonly receipt: Json;
}

/** The last lines that a release wrote, and what they say of its failure (see CauseFinder). */
export interface LastOutput extends Pick<CauseFinder, "known" | "found"> {
  lines: readonly string[];
}

/** Copies the release's last output to the deployment's log, and answers the cause that it names. */
export async function logOutput(
  ctx: Pick<PhaseContext, "log">,
  candidate: Pick<Candidate, "lastOutput">,
): Promise<LastOutput> {
  const output = await candidate.lastOutput(OUTPUT_LINES);
  const causes = new CauseFinder();
  ctx.log(output.length === 0 ? "the release wrote nothing" : `the last ${output.length} lines of the release:`);
  for (const line of output) causes.take(line, ctx.log(line, "stdout"));
  return { known: causes.known, found: causes.found, lines: output };
}

const EVERY_MS = 20;

/** Sends requests to the public address, as users do, and counts the failures. */
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

  /** Sends one request that does not count. */
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
    return probe(host, { address: this.#address, ...healthRequest(spec), signal });
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
    this.#ctx.log(`request ${this.#sent} to the public address failed: ${this.#lastFailure}`);
  }
}
