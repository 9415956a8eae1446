import { Problem } from "@/lib/contracts/problem";
import type { Json, NamedPhase, PhaseContext, ReleaseContext } from "../driver";
import { detect } from "../plan/detect";
import { writeEnvironment } from "../plan/release-environment";
import { releaseSource } from "../plan/release-source";
import { duration } from "../quantity";
import { releaseLayout } from "../release-layout";
import { settingsOf } from "../settings-of";
import { ProcessSettings } from "./settings";
import { ensureSupervisor, supervisorOf } from "./start-supervisor";
import type { LimitMechanism, ReleaseSpec, ReleaseStatus, ServiceStatus } from "./supervisor/protocol";

/** What the later phases, and undo in any process, need. */
export interface StartReceipt {
  release: { id: string; spec: ReleaseSpec };
  /** What served, in the supervisor's own words: exactly this is started again when it has to come back. */
  previous: { id: string; spec: ReleaseSpec } | null;
}

const LIMIT_WORDS: Record<LimitMechanism, string> = {
  "not-asked": "no memory or CPU limit was asked for",
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
    async undo(ctx) {
      const supervisor = await supervisorOf(ctx, scriptFile);
      await supervisor?.stopRelease(ctx.serviceName, ctx.release.id, ctx.spec.health.drainMs);
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
  const started = performance.now();
  const { releases } = await supervisor.startRelease(ctx.serviceName, ctx.release.id, spec);
  const release = releases.find(({ id }) => id === ctx.release.id);
  if (!release) throw new Problem("start-failed", { detail: "the supervisor lost the release" });
  logStart(ctx, release);
  return { receipt: asJson(receipt), detail: `process ${release.pid} in ${duration(performance.now() - started)}` };
}

export async function releaseSpec(ctx: ReleaseContext): Promise<ReleaseSpec> {
  const settings = settingsOf(ProcessSettings, ctx);
  const plan = await detect(releaseSource(ctx), settings);
  return {
    directory: releaseLayout(ctx, ctx.release.id).directory,
    command: plan.start,
    environmentFile: await writeEnvironment(ctx, plan),
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
