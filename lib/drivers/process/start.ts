import { setTimeout as sleep } from "node:timers/promises";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { withCutShort } from "../cut-short";
import type { Json, NamedPhase, PhaseContext, ReleaseContext } from "../driver";
import { detect } from "../plan/detect";
import { writeEnvironment } from "../plan/release-environment";
import { releaseSource } from "../plan/release-source";
import { duration } from "../quantity";
import { releaseLayout } from "../release-layout";
import { returnTimeoutMs, stopsFirst } from "../running/start";
import { settingsOf } from "../settings-of";
import { processCage } from "./cage";
import { ProcessSettings } from "./settings";
import { ensureSupervisor, supervisorOf } from "./start-supervisor";
import { candidateState } from "./state";
import type { LimitMechanism, ReleaseSpec, ReleaseStatus, ServiceStatus } from "./supervisor/protocol";
import type { SupervisorClient } from "./supervisor-client";
import { linkVolumes, volumeVariables } from "./volumes";

/** What the later phases, and undo in any process, need. */
export interface StartReceipt {
  release: { id: string; spec: ReleaseSpec };
  /** What served, in the supervisor's own words: exactly this is started again when it has to come back. */
  previous: { id: string; spec: ReleaseSpec } | null;
}

const POLL_MS = 20;

const LIMIT_WORDS: Record<LimitMechanism, string> = {
  "not-asked": "no memory or CPU limit set",
  systemd: "memory and CPU limits are kept by a systemd scope",
  cgroup: "memory and CPU limits are kept by a control group",
  unavailable: "this host offers no way to limit memory or CPU: the release runs without",
};

/** Starts the new release on a private port, beside what serves. */
export function startPhase(scriptFile?: string): NamedPhase {
  return {
    key: "start",
    // The supervisor starts a release of an id once.
    repeatable: true,
    run: (ctx) => start(ctx, scriptFile),
    async undo(ctx, kept) {
      const supervisor = await supervisorOf(ctx, scriptFile);
      await supervisor?.stopRelease(ctx.serviceName, ctx.release.id, ctx.spec.health.drainMs);
      const previous = stopsFirst(ctx) && kept !== undefined ? startReceipt(kept).previous : null;
      if (supervisor && previous) await bringBack(ctx, supervisor, previous);
      if (ctx.kind === "deploy") await ctx.host.remove(releaseLayout(ctx, ctx.release.id).environment);
    },
  };
}

async function start(ctx: PhaseContext, scriptFile?: string) {
  const spec = await releaseSpec(ctx);
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const before = await supervisor.service(ctx.serviceName);
  const receipt: StartReceipt = {
    release: { id: ctx.release.id, spec },
    previous: servingBefore(before, ctx.release.id),
  };
  await ctx.saveReceipt(asJson(receipt));
  if (stopsFirst(ctx) && receipt.previous) await stopPrevious(ctx, supervisor, receipt.previous.id);
  const started = performance.now();
  const { releases } = await supervisor.startRelease(ctx.serviceName, ctx.release.id, spec);
  const release = releases.find(({ id }) => id === ctx.release.id);
  if (!release) throw new Problem("start-failed", { detail: "the supervisor lost the release" });
  logStart(ctx, release);
  const { pid } = release;
  const facts = pid === null ? [] : [fact("process-started", { pid, took: performance.now() - started })];
  return { receipt: asJson(receipt), facts };
}

async function stopPrevious(ctx: PhaseContext, supervisor: SupervisorClient, id: string): Promise<void> {
  const started = performance.now();
  const { drainMs } = ctx.spec.health;
  const cut = await supervisor.stopRelease(ctx.serviceName, id, drainMs, { signal: ctx.signal, evenIfServing: true });
  const stopped = withCutShort(`the old release was stopped first, in ${duration(performance.now() - started)}`, cut);
  ctx.log(`${stopped}; the service is down until the new one is healthy`);
}

export async function releaseSpec(ctx: ReleaseContext): Promise<ReleaseSpec> {
  const settings = settingsOf(ProcessSettings, ctx);
  const plan = await detect(releaseSource(ctx, processCage.look), settings);
  await linkVolumes(ctx);
  const environment = { ...plan.environment, ...volumeVariables(ctx) };
  return {
    directory: releaseLayout(ctx, ctx.release.id).directory,
    command: plan.start,
    environmentFile: await writeEnvironment(ctx, { ...plan, environment }),
    publicPort: ctx.spec.port,
    bindAddress: settings.bindAddress ?? null,
    memoryMb: settings.memoryMb ?? null,
    cpus: settings.cpus ?? null,
  };
}

function servingBefore(service: ServiceStatus | null, releaseId: string): StartReceipt["previous"] {
  const serving = service?.releases.find(({ id }) => id === service.current);
  return serving && serving.id !== releaseId ? { id: serving.id, spec: serving.spec } : null;
}

function logStart(ctx: PhaseContext, { limits, spec }: ReleaseStatus): void {
  ctx.log(`$ ${spec.command}`);
  ctx.log(LIMIT_WORDS[limits]);
}

export function asJson(receipt: StartReceipt): Json {
  return {
    release: { ...receipt.release, spec: { ...receipt.release.spec } },
    previous: receipt.previous && { ...receipt.previous, spec: { ...receipt.previous.spec } },
  };
}

/** A receipt comes back as the JSON it was kept as. */
export function startReceipt(receipt: Json | undefined): StartReceipt {
  if (receipt === undefined || receipt === null) throw new Problem("start-failed", { detail: "Start left no receipt" });
  return receipt as unknown as StartReceipt;
}

/** The previous release cannot start beside it. */
export async function stopOwn(ctx: PhaseContext, supervisor: SupervisorClient): Promise<void> {
  await supervisor.stopRelease(ctx.serviceName, ctx.release.id, 0, { evenIfServing: true });
}

export async function bringBack(
  ctx: PhaseContext,
  supervisor: SupervisorClient,
  { id, spec }: NonNullable<StartReceipt["previous"]>,
): Promise<void> {
  await supervisor.startRelease(ctx.serviceName, id, spec);
  const deadline = performance.now() + returnTimeoutMs(ctx);
  const look = async () => candidateState(await supervisor.service(ctx.serviceName), id);
  let state = await look();
  while (!state.address && !state.exited && performance.now() < deadline) {
    await sleep(POLL_MS, undefined, { signal: ctx.signal });
    state = await look();
  }
  // Also when it does not come up: as the one that serves it is started again and again, as it was before.
  await supervisor.switchTo(ctx.serviceName, id, true);
  if (!state.address)
    throw new Problem("undo-failed", { detail: `the previous release ${id} does not start any more` });
}
