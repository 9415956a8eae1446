import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { withCutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import type { Edge } from "../edge/edge";
import { ensureEdge, findEdge } from "../edge/ensure-edge";
import { isListening } from "../phases/validate-host";
import { duration } from "../quantity";
import { BIND_ADDRESS, CERTIFICATE, HandoverSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import type { Binding, ReleaseRunner } from "./runner";
import { readServing, Serving } from "./serving";

/** Between TERM and KILL for a release whose requests have ended. */
const STOP_GRACE_MS = 10_000;
const POLL_MS = 50;
const LEAST_RETURN_MS = 60_000;

/** What the later phases, and undo in any process, need. */
const StartReceipt = z.object({
  /** How it will serve once it has the public way, except that a direct one is first bound to `private`. */
  next: Serving,
  private: z.object({ host: z.string(), port: z.int() }),
  /** What served, and serves again when this fails. */
  before: Serving.nullable(),
});
export type StartReceipt = z.infer<typeof StartReceipt>;

/** Throws `start-failed` when Start left none. */
export function startReceipt(receipt: Json | undefined): StartReceipt {
  const result = StartReceipt.safeParse(receipt);
  if (!result.success) throw new Problem("start-failed", { detail: "Start left no receipt", cause: result.error });
  return result.data;
}

/** Starts the new release on a private port, beside what serves. */
export function startPhase(runner: ReleaseRunner): NamedPhase {
  return {
    key: "start",
    // A release that runs on its binding already is left as it is.
    repeatable: true,
    async run(ctx) {
      const kept = ctx.receiptOf("start");
      const receipt = kept === undefined ? await plan(ctx, runner) : startReceipt(kept);
      await ctx.saveReceipt(receipt);
      // Going back to what serves now: it runs already.
      if (receipt.before?.releaseId === ctx.release.id) return { receipt, facts: [fact("already-running")] };
      if (stopsFirst(ctx) && receipt.before) await stopBefore(ctx, runner, receipt.before);
      return { receipt, facts: [await runner.create(ctx, receipt.private)] };
    },
    async undo(ctx, kept) {
      const before = kept === undefined ? null : startReceipt(kept).before;
      if (before?.releaseId === ctx.release.id) return;
      await runner.remove(ctx, ctx.release.id);
      if (!before || !stopsFirst(ctx)) return;
      await runner.resume(ctx, before.releaseId);
      await runner.keep(ctx, before.releaseId);
      if (!(await untilListening(ctx, runner, before, returnTimeoutMs(ctx)))) throw cannotGoBack(before);
    },
  };
}

/** Two releases of this service must never run at the same time. */
export function stopsFirst({ spec }: Pick<PhaseContext, "spec">): boolean {
  return settingsOf(HandoverSettings, { spec }).handover === "stop-first";
}

/** How long a release that served before is waited for, however little time the one that failed was given. */
export function returnTimeoutMs({ spec }: Pick<PhaseContext, "spec">): number {
  return Math.max(spec.health.portTimeoutMs, LEAST_RETURN_MS);
}

/** False when the release ends, or does not open its port in time. */
export async function untilListening(
  ctx: PhaseContext,
  runner: ReleaseRunner,
  { releaseId }: Serving,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  do {
    const look = await runner.look(ctx, releaseId);
    if (!look || look.exited) return false;
    if (look.running && (await isListening(ctx, look.listensAt))) return true;
    await sleep(POLL_MS, undefined, { signal: ctx.signal });
  } while (performance.now() < deadline);
  return false;
}

export function cannotGoBack({ releaseId }: Serving): Problem {
  return new Problem("undo-failed", { detail: `the previous release ${releaseId} does not start any more` });
}

async function stopBefore(ctx: PhaseContext, runner: ReleaseRunner, before: Serving): Promise<void> {
  const started = performance.now();
  const cut = await (await findEdge(ctx))?.drain([before.binding.port], ctx.spec.health.drainMs, ctx.signal);
  await runner.stop(ctx, before.releaseId, STOP_GRACE_MS, ctx.signal);
  const said = `the old release was stopped first, in ${duration(performance.now() - started)}`;
  ctx.log(`${withCutShort(said, cut ? [cut] : [])}; the service is down until the new one is healthy`);
}

const ReachSettings = z.looseObject({ bindAddress: BIND_ADDRESS, certificate: CERTIFICATE });

async function plan(ctx: PhaseContext, runner: ReleaseRunner): Promise<StartReceipt> {
  const edge = await ensureEdge(ctx, ctx.signal);
  const before = await readServing(ctx);
  const isServing = before?.releaseId === ctx.release.id;
  const privateBinding = isServing ? before.binding : await freeBinding(ctx, runner, edge);
  return { next: servingOf(ctx, edge ? privateBinding : null), private: privateBinding, before };
}

/** How the release serves: behind an edge on a private binding, or bound to the public port itself. */
export function servingOf(
  { release, spec }: Pick<PhaseContext, "release" | "spec">,
  behindEdge: Binding | null,
): Serving {
  const { bindAddress = null, certificate } = ReachSettings.parse(spec.settings);
  return {
    releaseId: release.id,
    way: behindEdge ? "edge" : "direct",
    binding: behindEdge ?? { host: bindAddress ?? "0.0.0.0", port: spec.port },
    publicPort: spec.port,
    bindAddress,
    domain: spec.domain,
    certificate,
  };
}

/** The slot that is not live, or any free port when it is the service's first. */
async function freeBinding(ctx: PhaseContext, runner: ReleaseRunner, edge: Edge | null): Promise<Binding> {
  const service = await edge?.service(ctx.serviceName);
  const host = "127.0.0.1";
  if (service) {
    const port = service.slots[service.live === "blue" ? "green" : "blue"];
    await endRetiring(ctx, runner, port);
    // Somebody else may have taken it since; then the slot moves, which costs kept connections (decision 10).
    if (!(await isListening(ctx, { host, port }))) return { host, port };
  }
  return { host, port: await ctx.host.freePort() };
}

/** The release before the one that serves may not have heeded TERM yet. Nobody is served by it, and its port is needed. */
async function endRetiring(ctx: PhaseContext, runner: ReleaseRunner, port: number): Promise<void> {
  const holders = (await runner.list(ctx)).filter(({ running, binding }) => running && binding.port === port);
  await Promise.all(holders.map(({ releaseId }) => runner.stop(ctx, releaseId, 0, ctx.signal)));
}
