import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseProcess } from "@/lib/contracts/process-type";
import { ReleaseCommandRun } from "@/lib/contracts/release-command";
import { cutShortFacts, withCutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import { askHealthPath, checkBindAddress, isListening } from "../phases/validate-host";
import { duration } from "../quantity";
import { type HostParts, LiveRelease, liveBehindSupervisor, type Route, withProcesses } from "../route";
import { type Runner, stoppedOf } from "../runner";
import { HandoverSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import { hasCommands, runReleaseCommand } from "./commands";
import { removeOldAssets } from "./old-assets";
import { removeRelease, removeWorkers, resumeWorkers, workerGraceMs, workersBefore } from "./workers";

/** Between TERM and KILL for a release whose requests have ended. */
const STOP_GRACE_MS = 10_000;
const POLL_MS = 50;
const LEAST_RETURN_MS = 60_000;

/** Needed by later phases, and by an undo in any process. */
const StartReceipt = z.object({
  /** How the release will be live, except that a direct one is first bound to `private`. */
  next: LiveRelease,
  private: z.object({ host: z.string(), port: z.int() }),
  /** The previously live release, which becomes live again when this deployment fails. */
  before: LiveRelease.nullable(),
  /** The workers of `before`. Absent in receipts of earlier versions, whose releases have none. */
  workers: z.array(z.object({ id: z.string(), spec: z.json().optional() })).default([]),
  /** Since it began. Absent without a release command, and in receipts of earlier versions. */
  command: ReleaseCommandRun.optional(),
});
export type StartReceipt = z.infer<typeof StartReceipt>;

const SupervisorSpec = z.looseObject({ publicPort: z.int(), bindAddress: z.string().nullable().default(null) });
const Supervised = z
  .object({ id: z.string(), spec: SupervisorSpec })
  .transform(({ id, spec }) => liveBehindSupervisor(id, spec));

/** The process driver's receipt from before it used this lifecycle: a newer version may have to undo its deployment. */
const FormerProcessReceipt = z.object({ release: Supervised, previous: Supervised.nullable() }).transform(
  ({ release, previous }): StartReceipt => ({
    next: release,
    private: release.binding,
    before: previous,
    workers: [],
  }),
);

/** Throws `start-failed` when Start left no receipt. */
export function startReceipt(receipt: Json | undefined): StartReceipt {
  const result = z.union([StartReceipt, FormerProcessReceipt]).safeParse(receipt);
  if (!result.success) throw new Problem("start-failed", { detail: "Start left no receipt", cause: result.error });
  return result.data;
}

/** Validation of a service's public address. A service whose old release is stopped first warns of the outage. */
export async function checkRoute(ctx: PhaseContext, route: Route): Promise<void> {
  await checkBindAddress(ctx);
  const live = await route.current(ctx);
  await route.check(ctx, live);
  if (live && stopsFirst(ctx)) ctx.warn(new Problem("outage-expected"));
  await askHealthPath(ctx);
}

/** Runs the release command, then starts the new release on a private port, beside the live one. */
export function startPhase({ runner, route }: HostParts): NamedPhase {
  return {
    key: "start",
    // A release that already runs on its binding is left unchanged, and a release command that began is only followed.
    repeatable: true,
    runsCommands: true,
    async run(ctx) {
      const kept = ctx.receiptOf("start");
      const { types, releaseCommand } = await runner.processes(ctx);
      let receipt = kept === undefined ? await planned(ctx, { runner, route }, types) : startReceipt(kept);
      await ctx.saveReceipt(receipt);
      // A rollback to the live release.
      if (receipt.before?.releaseId === ctx.release.id) return { receipt, facts: [fact("already-running")] };
      if (stopsFirst(ctx)) await stopBefore(ctx, { runner, route }, receipt);
      const keepRun = async (run: ReleaseCommandRun) => {
        receipt = { ...receipt, command: run };
        ctx.setReleaseCommand(run);
        await ctx.saveReceipt(receipt);
      };
      const command = await runReleaseCommand(ctx, runner, receipt.command ?? null, keepRun, releaseCommand);
      const ran = command === null ? [] : [fact("release-command-ran", { took: command.durationMs ?? 0 })];
      const started = await runner.create(ctx, receipt.private);
      return { receipt, facts: started ? [...ran, started] : ran };
    },
    async undo(ctx, kept) {
      const { before, command, workers } = kept === undefined ? { before: null, workers: [] } : startReceipt(kept);
      if (command || hasCommands(ctx)) await runner.endCommands(ctx, ctx.release.id);
      if (command) ctx.log("the release command had begun: what it changed in data stays");
      if (before?.releaseId === ctx.release.id) return;
      await removeRelease(ctx, runner, ctx.release.id, ctx.spec.health.drainMs);
      if (before && stopsFirst(ctx)) await resumeRelease(ctx, runner, before);
      await resumeWorkers(ctx, runner, workers);
      if (before && stopsFirst(ctx) && !(await untilListening(ctx, runner, before, returnTimeoutMs(ctx))))
        throw cannotGoBack(before);
    },
  };
}

/** What Start will do, and what it has to take back. */
async function planned(
  ctx: PhaseContext,
  { runner, route }: HostParts,
  types: readonly ReleaseProcess[],
): Promise<StartReceipt> {
  const { next, before, private: binding } = await route.prepare(ctx);
  return {
    next: withProcesses(next, types),
    private: binding,
    before,
    workers: await workersBefore(ctx, runner, before),
  };
}

/** Removal: closes the public port, then removes everything that runs the service. Repeated until it succeeds. */
export function stopPhase({ runner, route }: HostParts): NamedPhase {
  return {
    key: "stop",
    repeatable: true,
    async run(ctx) {
      const live = await route.current(ctx);
      await route.close(ctx, live);
      const releases = await runner.list(ctx);
      const running = releases.filter((release) => release.running && !release.worker);
      const cut = await route.drain(ctx, running, ctx.spec.health.drainMs);
      await runner.endCommands(ctx);
      await removeOldAssets(ctx);
      await removeWorkers(ctx, runner, releases);
      await Promise.all(releases.filter(({ worker }) => !worker).map(({ releaseId }) => runner.remove(ctx, releaseId)));
      if (live === null && releases.length === 0) return { facts: [fact("not-running")] };
      return { facts: [fact("port-free", { port: live?.publicPort ?? ctx.spec.port }), ...cutShortFacts(cut)] };
    },
  };
}

/** Two releases of this service must never run at the same time. */
export function stopsFirst({ spec }: Pick<PhaseContext, "spec">): boolean {
  return settingsOf(HandoverSettings, { spec }).handover === "stop-first";
}

/** How long to wait for a release that was live before, however little time the failed one was given. */
export function returnTimeoutMs({ spec }: Pick<PhaseContext, "spec">): number {
  return Math.max(spec.health.portTimeoutMs, LEAST_RETURN_MS);
}

/** False when the release ends, or does not open its port in time. */
export async function untilListening(
  ctx: PhaseContext,
  runner: Runner,
  { releaseId }: LiveRelease,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  do {
    const status = await runner.status(ctx, releaseId);
    if (!status || status.exited) return false;
    if (status.running && status.listensAt && (await isListening(ctx, status.listensAt))) return true;
    await sleep(POLL_MS, undefined, { signal: ctx.signal });
  } while (performance.now() < deadline);
  return false;
}

export function cannotGoBack({ releaseId }: LiveRelease): Problem {
  return new Problem("undo-failed", { detail: `the previous release ${releaseId} does not start any more` });
}

/** Lets a release run again that was live before. */
export async function resumeRelease(ctx: PhaseContext, runner: Runner, before: LiveRelease): Promise<void> {
  await runner.resume(ctx, stoppedOf(before));
  await runner.keep(ctx, before.releaseId);
}

async function stopBefore(
  ctx: PhaseContext,
  { runner, route }: HostParts,
  { before, workers }: Pick<StartReceipt, "before" | "workers">,
): Promise<void> {
  if (!before) return;
  const started = performance.now();
  const cut = await route.drain(ctx, [before], ctx.spec.health.drainMs, ctx.signal);
  await runner.stop(ctx, before.releaseId, STOP_GRACE_MS, ctx.signal);
  await Promise.all(workers.map(({ id }) => runner.stop(ctx, id, workerGraceMs(ctx), ctx.signal)));
  const stopped = `the old release was stopped first, in ${duration(performance.now() - started)}`;
  ctx.log(`${withCutShort(stopped, cut)}; the service is down until the new one is healthy`);
}
