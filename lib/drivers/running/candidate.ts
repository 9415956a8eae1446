import { Problem } from "@/lib/contracts/problem";
import type { CutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import type { Edge } from "../edge/edge";
import { ensureEdge, findEdge } from "../edge/ensure-edge";
import type { Candidate, CandidateState } from "../phases/candidate";
import { isListening } from "../phases/validate-host";
import { verifyHealthPhase } from "../phases/verify-health";
import { closeWay, leadsTo, leadThroughEdge } from "./public-way";
import type { ReleaseRunner } from "./runner";
import { readServing, type Serving, writeServing } from "./serving";
import { cannotGoBack, returnTimeoutMs, type StartReceipt, startReceipt, stopsFirst, untilListening } from "./start";

/** Between TERM and KILL for a release that has no requests any more. */
const STOP_GRACE_MS = 10_000;
/** The same while nothing serves: without an edge the port is closed until the next release has it. */
const HANDOVER_GRACE_MS = 1_500;

/** Verify Health for what a runner runs. */
export function verifyPhase(runner: ReleaseRunner): NamedPhase {
  return verifyHealthPhase({
    candidateOf: async (ctx) => new ReleaseCandidate(ctx, runner),
    switchBack: (ctx, receipt) => switchBack(ctx, runner, startReceipt(receipt)),
  });
}

class ReleaseCandidate implements Candidate {
  readonly receipt: Json;
  readonly publicAddress: Candidate["publicAddress"];
  readonly #ctx: PhaseContext;
  readonly #runner: ReleaseRunner;
  readonly #start: StartReceipt;
  #listens = false;
  #switched = false;

  constructor(ctx: PhaseContext, runner: ReleaseRunner) {
    this.#ctx = ctx;
    this.#runner = runner;
    this.#start = startReceipt(ctx.receiptOf("start"));
    this.receipt = this.#start;
    const { publicPort: port, bindAddress: host } = this.#start.next;
    this.publicAddress = { port, ...(host === null ? {} : { host }) };
  }

  async ensure(): Promise<void> {
    const { next, private: binding } = this.#start;
    const look = await this.#runner.look(this.#ctx, this.#ctx.release.id);
    if (look?.running) return;
    const serving = await readServing(this.#ctx);
    await this.#runner.create(this.#ctx, serving?.releaseId === next.releaseId ? next.binding : binding);
  }

  async look(): Promise<CandidateState> {
    const look = await this.#runner.look(this.#ctx, this.#ctx.release.id);
    if (!look) return { address: null, exited: { exitCode: null, signal: "it is gone" }, serves: false, restarts: 0 };
    this.#listens ||= look.running && (await isListening(this.#ctx, look.listensAt));
    return {
      address: this.#listens ? look.binding : null,
      exited: look.exited,
      // Asked only once it should: before that it costs time and says nothing.
      serves: this.#switched && (await leadsTo(this.#ctx, this.#start.next, await readServing(this.#ctx))),
      restarts: look.restarts,
    };
  }

  lastOutput(lines: number): Promise<readonly string[]> {
    return this.#runner.lastOutput(this.#ctx, this.#ctx.release.id, lines);
  }

  async switchTo(): Promise<void> {
    const { next, before } = this.#start;
    const bind = () => this.#runner.create(this.#ctx, next.binding);
    await giveWay(this.#ctx, this.#runner, { next, before, bind });
    this.#switched = true;
  }

  async retireOthers(): Promise<CutShort[]> {
    const all = await this.#runner.list(this.#ctx);
    const others = all.filter(({ releaseId, running }) => running && releaseId !== this.#ctx.release.id);
    if (others.length === 0) return [];
    const edge = await findEdge(this.#ctx);
    const ports = others.map(({ binding }) => binding.port);
    const cut = await edge?.drain(ports, this.#ctx.spec.health.drainMs, this.#ctx.signal);
    await Promise.all(
      others.map(({ releaseId }) => this.#runner.retire(this.#ctx, releaseId, STOP_GRACE_MS, this.#ctx.signal)),
    );
    return cut ? [cut] : [];
  }
}

interface Handover {
  next: Serving;
  before: Serving | null;
  /** Without an edge: makes the release listen on the public port itself. */
  bind: () => Promise<unknown>;
}

/**
 * Gives the public way to a release. Through the edge that is one look at a file for the next request; from or to a
 * release that holds the port itself it takes a stop and a start.
 */
async function giveWay(ctx: PhaseContext, runner: ReleaseRunner, { next, before, bind }: Handover): Promise<void> {
  const isNew = before !== null && before.releaseId !== next.releaseId;
  if (isNew && before.way === "direct") await runner.stop(ctx, before.releaseId, HANDOVER_GRACE_MS);
  if (next.way === "direct" && before?.way === "edge") await (await findEdge(ctx))?.remove(ctx.serviceName);
  if (next.way === "direct") {
    await bind();
    await untilListening(ctx, runner, next, ctx.spec.health.portTimeoutMs);
    await writeServing(ctx, next);
  } else {
    await leadThroughEdge(ctx, await edgeOf(ctx), next);
  }
  await runner.keep(ctx, next.releaseId);
}

async function edgeOf(ctx: PhaseContext): Promise<Edge> {
  const edge = await ensureEdge(ctx, ctx.signal);
  if (!edge) throw new Problem("edge-failed", { detail: "Caddy is no longer on the host" });
  return edge;
}

/** What served before serves again, started anew if it was stopped already. With nothing before, the port is closed. */
async function switchBack(ctx: PhaseContext, runner: ReleaseRunner, { next, before }: StartReceipt): Promise<void> {
  if (!before) {
    const serving = await readServing(ctx);
    if (serving === null || serving.releaseId === next.releaseId) await closeWay(ctx, serving, 0);
    return;
  }
  if (before.releaseId === next.releaseId) return;
  // Without an edge it may hold the very port that the one before needs; and some cannot run beside another at all.
  if (next.way === "direct" || stopsFirst(ctx)) await runner.stop(ctx, next.releaseId, HANDOVER_GRACE_MS);
  const resume = () => runner.resume(ctx, before.releaseId);
  if (before.way === "edge") await resume();
  const isBack = () => untilListening(ctx, runner, before, returnTimeoutMs(ctx));
  const comesUp = before.way === "direct" || (await isBack());
  // Also when it does not come up: as the one that serves it is started again and again, as it was before.
  await giveWay(ctx, runner, { next: before, before: next, bind: resume });
  if (!comesUp || !(await isBack())) throw cannotGoBack(before);
}
