import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { HostPlace, PhaseContext, ReleaseContext, ServicePlace } from "../driver";
import { packFolder } from "../lifecycle/old-assets";
import { detect } from "../plan/detect";
import type { Plan } from "../plan/plan";
import { type Processes, processesOf } from "../plan/process-types";
import { writeEnvironment } from "../plan/release-environment";
import { releaseSource } from "../plan/release-source";
import { hasReleaseFiles } from "../release-files";
import { releaseLayout } from "../release-layout";
import { CHOSEN_LATER } from "../route";
import { processId, processOf, type Runner, type ReleaseStatus as Status, stoppedOf, workerName } from "../runner";
import {
  BIND_ADDRESS,
  commandSettings,
  HANDOVER,
  keepAssetsSetting,
  LIMIT_SETTINGS,
  PLAN_SETTINGS,
  processSettings,
  Shell,
} from "../setting-shapes";
import { settingsOf } from "../settings-of";
import { processCage } from "./cage";
import { endCommands, followCommand, isCommand, startCommand } from "./commands";
import { ensureSupervisor, supervisorOf } from "./start-supervisor";
import type { LimitMechanism, ReleaseSpec, ReleaseStatus } from "./supervisor/protocol";
import { askSupervisor, findSupervisor, readSupervisorState, serviceAmong } from "./supervisor-client";
import { linkVolumes, volumeVariables } from "./volumes";

/** Everything is optional: absent settings are derived from the source (plan/detect.ts). */
export const ProcessSettings = z.strictObject({
  ...PLAN_SETTINGS,
  ...commandSettings(Shell),
  ...processSettings(Shell),
  ...LIMIT_SETTINGS,
  bindAddress: BIND_ADDRESS,
  handover: HANDOVER,
  keepAssets: keepAssetsSetting({ isImage: false }),
});
export type ProcessSettings = z.infer<typeof ProcessSettings>;

/**
 * Releases as processes of the supervisor. It chooses their private ports, keeps the live release running, and drops a
 * release when it has stopped it: the live release is restarted from the specification in its status.
 */
export function processRunner(scriptFile?: string): Runner {
  const stop: Runner["stop"] = async (place, id, graceMs, signal) => {
    const supervisor = await findSupervisor(place);
    const grace = isWorker(id) ? { graceMs } : {};
    await supervisor?.stopRelease(place.serviceName, id, 0, { signal, evenIfServing: true, ...grace });
  };
  return {
    processes,
    create: (ctx) => create(ctx, scriptFile),
    async createWorker(ctx, worker) {
      const { command, memoryMb, cpus } = worker;
      const spec = await releaseSpec(ctx);
      const limits = { memoryMb: memoryMb ?? spec.memoryMb, cpus: cpus ?? spec.cpus };
      const supervisor = await ensureSupervisor(ctx, scriptFile);
      const own = { ...spec, ...limits, command, worker: workerName(worker) };
      await supervisor.startRelease(ctx.serviceName, processId(ctx.release.id, worker), own);
    },
    async resume(place, { id, spec }) {
      if (!spec) throw new Problem("start-failed", { detail: `nothing is known of release ${id} any more` });
      const supervisor = await ensureSupervisor(place, scriptFile);
      await supervisor.startRelease(place.serviceName, id, spec as unknown as ReleaseSpec);
    },
    // The supervisor itself keeps the live release running.
    async keep(place, id) {
      if (isWorker(id)) await (await ensureSupervisor(place, scriptFile)).keep(place.serviceName, id);
    },
    stop,
    retire: stop,
    async remove(place, id, drainMs = 0) {
      const supervisor = await supervisorOf(place, scriptFile);
      await supervisor?.stopRelease(place.serviceName, id, drainMs);
      // Workers have that of their release.
      await place.host.remove(releaseLayout(place, id).environment);
    },
    status: async (place, id) => (await list(place)).find((status) => stoppedOf(status).id === id) ?? null,
    list,
    async lastOutput(place, id, lines) {
      const supervisor = await findSupervisor(place);
      const service = await supervisor?.service(place.serviceName);
      if (!supervisor || !service?.releases.some((release) => release.id === id)) return [];
      return (await supervisor.output(place.serviceName, id)).slice(-lines);
    },
    packFolder,
    async startCommand(ctx, command) {
      await startCommand(ctx, await releaseSpec(ctx), command, scriptFile);
    },
    followCommand,
    endCommands: (place, releaseId) => endCommands(place, releaseId, scriptFile),
  };
}

const LIMIT_WORDS: Record<LimitMechanism, string> = {
  "not-asked": "no memory or CPU limit set",
  systemd: "memory and CPU limits are kept by a systemd scope",
  cgroup: "memory and CPU limits are kept by a control group",
  unavailable: "this host offers no way to limit memory or CPU: the release runs without",
};

async function create(ctx: ReleaseContext, scriptFile?: string): ReturnType<Runner["create"]> {
  if (!(await hasReleaseFiles(ctx, ctx.release)))
    throw new Problem("release-gone", { detail: "its files are not on the host any more" });
  const spec = await releaseSpec(ctx);
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const started = performance.now();
  const { releases } = await supervisor.startRelease(ctx.serviceName, ctx.release.id, spec);
  const release = releases.find(({ id }) => id === ctx.release.id);
  if (!release) throw new Problem("start-failed", { detail: "the supervisor lost the release" });
  ctx.log(`$ ${spec.command}`);
  ctx.log(LIMIT_WORDS[release.limits]);
  const { pid } = release;
  return pid === null ? null : fact("process-started", { pid, took: performance.now() - started });
}

function planOf(ctx: ReleaseContext): Promise<Plan> {
  return detect(releaseSource(ctx, processCage.look), settingsOf(ProcessSettings, ctx));
}

async function processes(ctx: ReleaseContext): Promise<Processes> {
  return heldBack(ctx, processesOf(ctx.spec, await planOf(ctx)));
}

/** A supervisor of an earlier version stays as long as it has services. It cannot run workers, so no release has any. */
export async function heldBack(place: HostPlace, found: Processes): Promise<Processes> {
  const supervisor = await findSupervisor(place);
  if (!supervisor || supervisor.runsWorkers || found.types.length === 0) return found;
  return { ...found, types: [], heldBack: found.types };
}

function isWorker(id: string): boolean {
  return processOf(id)?.worker !== undefined;
}

async function releaseSpec(ctx: ReleaseContext): Promise<ReleaseSpec> {
  const settings = settingsOf(ProcessSettings, ctx);
  const plan = await planOf(ctx);
  await linkVolumes(ctx);
  const environment = { ...plan.environment, ...volumeVariables(ctx) };
  return {
    directory: releaseLayout(ctx, ctx.release.id).directory,
    command: plan.start,
    environmentFile: await writeEnvironment(ctx, { ...plan, environment }),
    ...reachOf(ctx),
    memoryMb: settings.memoryMb ?? null,
    cpus: settings.cpus ?? null,
  };
}

/** What the supervisor does in front of the release. */
export function reachOf({ spec }: Pick<PhaseContext, "spec">) {
  const { bindAddress = null, keepAssets } = settingsOf(ProcessSettings, { spec });
  return { publicPort: spec.port, bindAddress, ...(keepAssets && { keepsAssets: true as const }) };
}

/** Without a supervisor, its file shows what must run. */
async function list(place: ServicePlace): Promise<Status[]> {
  const isRelease = ({ id }: { id: string }) => !isCommand(id);
  const running = await askSupervisor(place);
  if (running) return (serviceAmong(running.services, place)?.releases ?? []).filter(isRelease).map(statusOf);
  const { services } = await readSupervisorState(place);
  const releases = serviceAmong(services, place)?.releases ?? [];
  return releases.filter(isRelease).map(({ id, spec }) => ({
    ...{ ...ownerOf(id), binding: CHOSEN_LATER, listensAt: null, running: false, restarts: 0, since: null },
    ...{ exited: { exitCode: null, signal: null }, spec: { ...spec } },
  }));
}

function ownerOf(id: string): Pick<Status, "releaseId" | "worker"> {
  return processOf(id) ?? { releaseId: id };
}

function statusOf({ id, spec, state, pid, address, since, restarts, exitCode, signal, kept }: ReleaseStatus): Status {
  const running = state === "starting" || state === "running" || (state === "stopping" && pid !== null);
  const owner = ownerOf(id);
  return {
    ...owner,
    ...(owner.worker && { isKept: kept === true }),
    binding: address ?? CHOSEN_LATER,
    listensAt: address,
    running,
    exited: running || state === "restarting" ? null : { exitCode, signal },
    restarts,
    since,
    isStarting: state === "starting",
    endedByItself: state === "exited",
    lastExitCode: exitCode,
    spec: { ...spec },
  };
}
