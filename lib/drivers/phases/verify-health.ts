import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem, type ProblemParams } from "@/lib/contracts/problem";
import { failedBy } from "../cause";
import { type CutShort, cutShortFacts, withCutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import {
  asksForTls,
  describeProbe,
  healthRequest,
  type ProbeAnswer,
  type ProbeRequest,
  probe,
  speaksTls,
} from "../probe";
import { duration } from "../quantity";
import { serviceUrl } from "./register";
import {
  type Address,
  type Candidate,
  type CandidateState,
  type LastOutput,
  logOutput,
  switchAndWatch,
} from "./switch-and-watch";

/** How often the port of a new release is checked: at first, and later. */
const POLL_MS = { least: 10, most: 250 };

/** A check may take a program on the host, so a release that starts slowly is checked less often. */
function untilNextCheckMs(elapsedMs: number): number {
  return Math.min(POLL_MS.most, Math.max(POLL_MS.least, elapsedMs / 10));
}

/**
 * Healthy first, then switch, then clean up: the previous release is stopped only after the new one was verified
 * through the public address. Until then `switchBack` has everything it needs.
 */
export function verifyHealthPhase(options: {
  candidateOf: (ctx: PhaseContext) => Promise<Candidate>;
  /** Must also work when the previous release was already stopped. */
  switchBack: (ctx: PhaseContext, receipt: Json) => Promise<void>;
  /** Once the release is healthy, and once it is live. The first rejects to fail the phase. */
  hooks: {
    before: (ctx: PhaseContext) => Promise<readonly Fact[]>;
    after: (ctx: PhaseContext) => Promise<readonly Fact[]>;
  };
}): NamedPhase {
  return {
    key: "verify",
    // Every step is safe to repeat: a switch is done again, a stopped release stays stopped.
    repeatable: true,
    runsCommands: true,
    async run(ctx) {
      const candidate = await options.candidateOf(ctx);
      await candidate.ensure();
      const startup = new Startup(ctx);
      const address = await waitForPort(ctx, candidate, startup);
      const checked = await waitUntilHealthy(ctx, candidate, address, startup);
      await candidate.startWorkers();
      // The receipt is kept once the hook has passed: a worker that takes over after that does not run it again.
      const before = ctx.receiptOf("verify") === undefined ? await options.hooks.before(ctx) : [];
      await ctx.saveReceipt(candidate.receipt);
      const { sent, failed } = await switchAndWatch(checked.ctx, candidate);
      ctx.setUrl(serviceUrl(ctx));
      const cut = await retire(ctx, candidate);
      const after = await options.hooks.after(ctx);
      const facts = [...checked.facts, ...before, fact("probed", { sent, failed }), ...cutShortFacts(cut), ...after];
      return { receipt: candidate.receipt, facts };
    },
    async undo(ctx, receipt) {
      // The receipt is kept before the switch, so without one nothing was switched.
      if (receipt !== undefined) await options.switchBack(ctx, receipt);
    },
  };
}

/** The start-up timeout: until it is over, a closed port or a failed probe does not fail the release. */
class Startup {
  readonly #timeoutMs: number;
  readonly #startedMs = performance.now();

  constructor({ spec }: PhaseContext) {
    this.#timeoutMs = spec.health.portTimeoutMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
  get isOver(): boolean {
    return this.elapsedMs > this.#timeoutMs;
  }
}

async function waitForPort(ctx: PhaseContext, candidate: Candidate, startup: Startup): Promise<Address> {
  const { portTimeoutMs } = ctx.spec.health;
  for (;;) {
    const state = await candidate.state();
    await failIfExited(ctx, candidate, state);
    if (state.address) {
      ctx.log(`listening after ${duration(startup.elapsedMs)}`);
      return state.address;
    }
    if (startup.isOver) {
      const { known, lines } = await logOutput(ctx, candidate);
      const address = known ? null : addressIn(lines);
      const seconds = Math.round(portTimeoutMs / 1_000);
      if (address !== null) throw new Problem("port-elsewhere", { params: { seconds, address } });
      throw failedBy(known, "port-not-opened", { seconds });
    }
    await sleep(untilNextCheckMs(startup.elapsedMs), undefined, { signal: ctx.signal });
  }
}

/** "Server is running on http://localhost:3000", "listening on port 3000" */
const SAYS_WHERE =
  /\b(?:listen\w*|running|ready|started|server|local|available)\b.*?(https?:\/\/[\w.-]+:\d{2,5}|\bport:? \d{2,5})\b/i;

/** Where a program says that it listens, which many do whatever the port in PORT is. */
function addressIn(lines: readonly string[]): string | null {
  for (const line of lines) {
    const [, address] = SAYS_WHERE.exec(stripVTControlCharacters(line)) ?? [];
    if (address !== undefined) return address;
  }
  return null;
}

/** The context with the path that proved the release, and what the phase's line says of it. */
interface Checked {
  ctx: PhaseContext;
  facts: readonly Fact[];
}

/**
 * `healthyThreshold` healthy answers in a row pass. `unhealthyThreshold` unhealthy ones in a row fail, but only after the
 * start-up timeout: many programs listen before they are ready.
 */
async function waitUntilHealthy(
  asked: PhaseContext,
  candidate: Candidate,
  address: Address,
  startup: Startup,
): Promise<Checked> {
  const { health } = asked.spec;
  let checked: Checked = { ctx: asked, facts: [] };
  for (let good = 0, bad = 0, missing = 0; ; ) {
    const { ctx } = checked;
    const answer = await probe(ctx.host, { address, ...healthRequest(ctx.spec), signal: ctx.signal });
    [good, bad] = answer.ok ? [good + 1, 0] : [0, bad + 1];
    missing = answer.status === 404 ? missing + 1 : 0;
    report(ctx, answer, { good, bad, startup });
    await failIfExited(ctx, candidate, await candidate.state());
    const root = await rootInstead(ctx, address, missing);
    if (root !== null) {
      checked = root;
      [bad, missing] = [0, 0];
      continue;
    }
    if (bad >= health.unhealthyThreshold && startup.isOver) throw await unhealthy(ctx, candidate, address, answer);
    if (good >= health.healthyThreshold) return checked;
    await sleep(answer.ok ? health.goodIntervalMs : health.intervalMs, undefined, { signal: ctx.signal });
  }
}

/**
 * A release without a health check is proven by its root, if no one chose a path: once the usual path was missing
 * `unhealthyThreshold` times in a row, or once where the live release was proven that way. Null: the path stays.
 */
async function rootInstead(ctx: PhaseContext, address: Address, missing: number): Promise<Checked | null> {
  const { spec, previous, signal } = ctx;
  if (missing === 0 || spec.healthPathChosen !== false || spec.healthPath === "/") return null;
  const isKnown = previous?.spec.healthPathChosen === false && previous.spec.healthPath === "/";
  if (missing < (isKnown ? 1 : spec.health.unhealthyThreshold)) return null;
  const atRoot = { ...spec, healthPath: "/" };
  const answer = await probe(ctx.host, { address, ...healthRequest(atRoot), signal });
  if (!answer.ok) return null;
  ctx.log(
    `${spec.healthPath} is not there (404); / answered ${answer.status} and is asked instead. Set a health path to choose.`,
  );
  await ctx.setHealthPath("/");
  const facts = [fact("path-answered", { path: "/", status: answer.status ?? 0 })];
  return { ctx: { ...ctx, spec: atRoot }, facts };
}

async function unhealthy(
  ctx: PhaseContext,
  candidate: Candidate,
  address: Address,
  answer: ProbeAnswer,
): Promise<Problem> {
  const { known } = await logOutput(ctx, candidate);
  const { health, healthPath: path } = ctx.spec;
  const { status, location } = answer;
  const params = { path, tries: health.unhealthyThreshold, ...(status !== null && { status }) };
  const detail = `${path}: ${describeProbe(answer)}`;
  if (location !== null) return new Problem("health-redirected", { params: { ...params, location }, detail });
  const asked = { address, timeoutMs: health.requestTimeoutMs, signal: ctx.signal };
  if (asksForTls(answer) || (status === null && (await speaksTls(ctx.host, asked))))
    return new Problem("health-tls", { params, detail });
  if (status === 404 && (await answersAtRoot(ctx, asked)))
    return new Problem("health-path-missing", { params, detail });
  // An unhealthy answer explains itself; for a missing answer the release's output may explain it.
  if (status === null && known) return failedBy(known, "health-failed", params);
  return new Problem("health-failed", { params, detail });
}

/** Most services without a health check answer at their root. */
async function answersAtRoot({ host, spec }: PhaseContext, asked: Omit<ProbeRequest, "path">): Promise<boolean> {
  return spec.healthPath !== "/" && (await probe(host, { ...asked, path: "/" })).ok;
}

function report(
  ctx: PhaseContext,
  answer: ProbeAnswer,
  { good, bad, startup }: { good: number; bad: number; startup: Startup },
): void {
  const { health, healthPath } = ctx.spec;
  const said = `${healthPath} ${describeProbe(answer)}`;
  const total = answer.ok ? health.healthyThreshold : health.unhealthyThreshold;
  if (answer.ok || startup.isOver) ctx.log(`${answer.ok ? "probe" : "bad probe"} ${good + bad}/${total}: ${said}`);
  // A release that takes minutes to start must not fill the log.
  else if (bad === 1 || bad % 10 === 0) ctx.log(`not healthy yet after ${duration(startup.elapsedMs)}: ${said}`);
  ctx.progress({ progress: { done: good, total: health.healthyThreshold, unit: "probes" } });
}

async function failIfExited(ctx: PhaseContext, candidate: Candidate, { exited }: CandidateState): Promise<void> {
  if (exited) throw exitProblem(exited, await logOutput(ctx, candidate));
}

const OUT_OF_MEMORY = /out of memory|of memory$/;

function exitProblem(
  { exitCode, signal }: NonNullable<CandidateState["exited"]>,
  { known, found }: LastOutput,
): Problem {
  const how = signal ?? `exit code ${exitCode}`;
  const params: ProblemParams = exitCode === null ? { signal: how } : { exitCode };
  if (signal !== null && OUT_OF_MEMORY.test(signal)) return new Problem("out-of-memory", { params, detail: signal });
  if (known) return failedBy(known, "service-exited", params);
  const detail = found ? `${how}: ${found.text}` : how;
  return new Problem("service-exited", { params, detail, line: found?.line });
}

async function retire(ctx: PhaseContext, candidate: Candidate): Promise<CutShort[]> {
  const started = performance.now();
  const cut = await candidate.retireOthers();
  const stopped = `the previous release was drained and stopped in ${duration(performance.now() - started)}`;
  if (ctx.previous) ctx.log(withCutShort(stopped, cut));
  return cut;
}
