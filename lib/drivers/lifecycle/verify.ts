import type { CutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import { type Candidate, type CandidateState, windowMs } from "../phases/switch-and-watch";
import { isListening } from "../phases/validate-host";
import { verifyHealthPhase } from "../phases/verify-health";
import type { HostParts } from "../route";
import { type ReleaseStatus, stoppedOf } from "../runner";
import { runHook } from "./commands";
import { keepOldAssets, settleOldAssets } from "./old-assets";
import {
  cannotGoBack,
  returnTimeoutMs,
  type StartReceipt,
  startReceipt,
  stopsFirst,
  untilListening,
} from "./start-stop";
import { NewWorkers, workerGraceMs } from "./workers";

/** Between TERM and KILL for a release without requests. */
const STOP_GRACE_MS = 10_000;
/** The same for a failed release while no release is live. */
const HANDOVER_GRACE_MS = 1_500;

/** Verify Health for the releases of a runner. */
export function verifyPhase(parts: HostParts): NamedPhase {
  return verifyHealthPhase({
    candidateOf: async (ctx) => new ReleaseCandidate(ctx, parts),
    switchBack: (ctx, receipt) => switchBack(ctx, parts, startReceipt(receipt)),
    hooks: {
      before: (ctx) => runHook(ctx, parts.runner, "before-switch"),
      after: (ctx) => runHook(ctx, parts.runner, "after-switch"),
    },
  });
}

/** The release that Start started. */
class ReleaseCandidate implements Candidate {
  readonly receipt: Json;
  readonly publicAddress: Candidate["publicAddress"];
  readonly #ctx: PhaseContext;
  readonly #parts: HostParts;
  readonly #start: StartReceipt;
  readonly #workers: NewWorkers;
  #listens = false;
  #switched = false;

  constructor(ctx: PhaseContext, parts: HostParts) {
    this.#ctx = ctx;
    this.#parts = parts;
    this.#start = startReceipt(ctx.receiptOf("start"));
    this.receipt = this.#start;
    this.#workers = new NewWorkers(ctx, parts.runner, this.#start.workers);
    const { publicPort: port, bindAddress: host } = this.#start.next;
    this.publicAddress = { port, ...(host === null ? {} : { host }) };
  }

  async ensure(): Promise<void> {
    const { runner, route } = this.#parts;
    const { next, private: binding } = this.#start;
    const status = await runner.status(this.#ctx, this.#ctx.release.id);
    if (status?.running || status?.endedByItself) return;
    const live = await route.current(this.#ctx);
    await runner.create(this.#ctx, live?.releaseId === next.releaseId ? next.binding : binding);
  }

  async state(): Promise<CandidateState> {
    const status = await this.#parts.runner.status(this.#ctx, this.#ctx.release.id);
    if (!status) return { address: null, exited: { exitCode: null, signal: "it is gone" }, serves: false, restarts: 0 };
    const { running, listensAt, binding, exited, restarts } = status;
    this.#listens ||= running && listensAt !== null && (await isListening(this.#ctx, listensAt));
    // Checked only after the switch: before that the check costs time and adds nothing.
    const serves = this.#switched && (await this.#isLive());
    return { address: this.#listens ? binding : null, exited, serves, restarts };
  }

  async #isLive(): Promise<boolean> {
    const { route } = this.#parts;
    const { next } = this.#start;
    const live = await route.current(this.#ctx);
    return live?.releaseId === next.releaseId && (await route.status(this.#ctx, next)) === "open";
  }

  lastOutput(lines: number): Promise<readonly string[]> {
    return this.#parts.runner.lastOutput(this.#ctx, this.#ctx.release.id, lines);
  }

  startWorkers(): Promise<void> {
    return this.#workers.start(windowMs(this.#ctx));
  }

  checkWorkers(): Promise<void> {
    return this.#workers.check();
  }

  async switchTo(): Promise<void> {
    const { runner, route } = this.#parts;
    const { next, before } = this.#start;
    const bind = () => runner.create(this.#ctx, next.binding);
    await keepOldAssets(this.#ctx, this.#parts, this.#start);
    await route.switchTo(this.#ctx, { next, before, bind, evenIfDown: false });
    await runner.keep(this.#ctx, next.releaseId);
    await this.#workers.keep();
    this.#switched = true;
  }

  async retireOthers(): Promise<CutShort[]> {
    const { runner, route } = this.#parts;
    const { release, spec, signal } = this.#ctx;
    // One that is about to be started again runs as well.
    const others = (await runner.list(this.#ctx)).filter(
      ({ releaseId, exited }) => exited === null && releaseId !== release.id,
    );
    const withPort = others.filter(({ running, worker }) => running && !worker);
    const cut = await route.drain(this.#ctx, withPort, spec.health.drainMs, signal);
    const graceMs = ({ worker }: ReleaseStatus) => (worker ? workerGraceMs(this.#ctx) : STOP_GRACE_MS);
    await Promise.all(others.map((one) => runner.retire(this.#ctx, stoppedOf(one).id, graceMs(one), signal)));
    await settleOldAssets(this.#ctx, this.#start);
    return cut;
  }
}

/** Makes the previous release live again, restarting it if it was stopped. Without one, the public port is closed. */
async function switchBack(ctx: PhaseContext, { runner, route }: HostParts, start: StartReceipt): Promise<void> {
  const { next, before } = start;
  if (!before) {
    const live = await route.current(ctx);
    if (live === null || live.releaseId === next.releaseId) await route.close(ctx, live);
    return;
  }
  if (before.releaseId === next.releaseId) return;
  // The failed release may have the port that the previous one needs; and some services cannot run twice.
  if (next.way === "direct" || stopsFirst(ctx)) await runner.stop(ctx, next.releaseId, HANDOVER_GRACE_MS);
  const resume = () => runner.resume(ctx, stoppedOf(before));
  // A direct release is started by the switch, once the port is free.
  if (before.way !== "direct") await resume();
  const isBack = () => untilListening(ctx, runner, before, returnTimeoutMs(ctx));
  const comesUp = before.way === "direct" || (await isBack());
  // Also when it does not come up: the live release is restarted repeatedly, as before the deployment.
  await keepOldAssets(ctx, { runner, route }, { before: next, next: before });
  await route.switchTo(ctx, { next: before, before: next, bind: resume, evenIfDown: true });
  await runner.keep(ctx, before.releaseId);
  if (!comesUp || !(await isBack())) throw cannotGoBack(before);
}
