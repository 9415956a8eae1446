import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { DeploymentSpec, DriverKind, RuntimeState } from "@/lib/contracts/service";
import { driverOf } from "@/lib/drivers/registry";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import type { EndedState } from "@/lib/platform/outbox/domain-events";
import { publish } from "@/lib/platform/outbox/outbox";
import { healthPathOf } from "@/lib/services/service-row";
import { lockService } from "@/lib/services/service-store";
import type { Connection } from "@/lib/targets/kind";
import { connect } from "@/lib/targets/registry";
import type { ClaimedDeployment } from "./claim-deployment";
import { type Journal, unforeseenLine } from "./journal";
import type { Outcome } from "./pipeline";

/** How a deployment ends: its last write, its last log line after a failure, and the fallback for a broken run. */

/** The last write of a deployment: its state, and what its success changes in the service. */
export function finishDeployment(deployment: ClaimedDeployment, outcome: Outcome, journal: Journal): Promise<void> {
  if (outcome === "stuck") return journal.finish("stuck");
  if (outcome === "undone")
    return journal.finish(journal.cause?.code === "deployment-cancelled" ? "cancelled" : "failed");
  return journal.finish("succeeded", (tx) =>
    deployment.kind === "removal" ? markRemoved(tx, deployment) : makeCurrent(tx, deployment, journal),
  );
}

async function makeCurrent(
  tx: Tx,
  deployment: ClaimedDeployment,
  journal: Journal,
): Promise<{ releaseNumber: number }> {
  await lockService(tx, deployment.serviceId);
  const release =
    deployment.kind === "rollback" ? await restoredRelease(tx, deployment) : await newRelease(tx, deployment, journal);
  const before = deployment.service.currentReleaseId;
  const now = new Date();
  await tx.release.updateMany({
    where: { id: { in: before ? [before, release.id] : [release.id] } },
    data: { lastServedAt: now },
  });
  await tx.service.update({
    where: { id: deployment.serviceId },
    data: { currentReleaseId: release.id, ...(deployment.kind === "rollback" ? configurationOf(deployment.spec) : {}) },
  });
  return { releaseNumber: release.number };
}

/** A rollback also restores environment and configuration: the release's values become the service's own. */
function configurationOf(spec: DeploymentSpec): Prisma.ServiceUncheckedUpdateInput {
  const { driver, source, settings, port, health, domain, volumes } = spec;
  const path = healthPathOf(spec.healthPathChosen === false ? null : spec.healthPath);
  const { dropletId, autoRegister, environmentRevisionId } = spec;
  const reach = { port, ...path, health, domain, volumes, dropletId, autoRegister };
  return { driver, source, settings, ...reach, environmentRevisionId };
}

function restoredRelease(tx: Tx, deployment: ClaimedDeployment) {
  return tx.release.findUniqueOrThrow({ where: { id: deployment.releaseId ?? "" } });
}

async function newRelease(tx: Tx, deployment: ClaimedDeployment, journal: Journal) {
  const newest = await tx.release.aggregate({ where: { serviceId: deployment.serviceId }, _max: { number: true } });
  return tx.release.create({
    data: {
      id: deployment.releaseId ?? deployment.id,
      serviceId: deployment.serviceId,
      targetId: deployment.targetId,
      driver: deployment.driver,
      number: (newest._max.number ?? 0) + 1,
      deploymentId: deployment.id,
      artifact: journal.artifact ?? {},
      environmentRevisionId: deployment.spec.environmentRevisionId,
      spec: deployment.spec,
    },
  });
}

async function markRemoved(tx: Tx, deployment: ClaimedDeployment): Promise<Record<never, never>> {
  await lockService(tx, deployment.serviceId);
  const now = new Date();
  await tx.service.update({ where: { id: deployment.serviceId }, data: { deletedAt: now, currentReleaseId: null } });
  await tx.gitAccess.deleteMany({ where: { serviceId: deployment.serviceId } });
  await tx.hook.deleteMany({ where: { serviceId: deployment.serviceId } });
  await tx.release.updateMany({
    where: { serviceId: deployment.serviceId, prunedAt: null },
    data: { prunedAt: now, prunedReason: "removed" },
  });
  return {};
}

/** A target that does not answer must not delay the end of a deployment. */
const ASK_MS = 5_000;

/** Logs an unsuccessful deployment's last line: which release is live according to its target, or none. */
export async function sayWhatIsLive(deployment: ClaimedDeployment, journal: Journal): Promise<void> {
  const current = deployment.service.currentRelease;
  if (!current) {
    journal.log(null, "i", "No release is live.");
    return;
  }
  const state = await stateOf(deployment, current.driver as DriverKind);
  journal.log(
    null,
    "i",
    lineOf({ number: current.number, isIt: state?.releaseId === current.id, state: state?.state }),
  );
}

function lineOf({ number, isIt, state }: { number: number; isIt: boolean; state?: RuntimeState["state"] }): string {
  const release = `Release ${number}`;
  if (state === undefined || state === "unknown")
    return `${release} is the current one; the target does not say whether it is running.`;
  if (isIt && state === "running") return `${release} is live.`;
  return isIt
    ? `${release} is the current one, but it is ${state}.`
    : `${release} is the current one, but it is not running.`;
}

async function stateOf({ target, service }: ClaimedDeployment, kind: DriverKind): Promise<RuntimeState | undefined> {
  let connection: Connection | undefined;
  try {
    connection = await connect(target);
    const asked = driverOf(kind).state({ ...connection.access, serviceName: service.name });
    return await Promise.race([asked, after(ASK_MS)]);
  } catch (error) {
    log.warn({ err: error, deploymentTarget: target.name }, "what is live on the target could not be read");
    return undefined;
  } finally {
    await connection?.close();
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}

const INTERNAL: ProblemData = { code: "internal", params: {} };
const withPhases = { phases: { orderBy: { position: "asc" } } } as const satisfies Prisma.DeploymentInclude;
type Broken = Prisma.DeploymentGetPayload<{ include: typeof withPhases }>;

/**
 * The fallback for a run that failed outside its pipeline (an unreadable row, a refused last write). It ends the
 * deployment that this worker has claimed, and its phases. If a phase had begun, its changes may be on the target: the
 * deployment is `stuck`, and its undo can be retried. Otherwise it has failed.
 */
export async function endBrokenRun(serviceId: string, workerId: string, error: unknown): Promise<void> {
  const deploymentId = await transaction(async (tx) => {
    const broken = await tx.deployment.findFirst({
      where: { serviceId, workerId, state: { in: ["running", "undoing"] } },
      include: withPhases,
    });
    if (broken) await end(tx, broken, error);
    return broken?.id;
  });
  log.error({ err: error, serviceId, deploymentId }, "an unforeseen error broke off the run of a deployment");
}

async function end(tx: Tx, broken: Broken, error: unknown): Promise<void> {
  const begun = broken.phases.some(({ status }) => status !== "pending");
  const state: EndedState = begun ? "stuck" : "failed";
  const now = new Date();
  const durationMs = now.getTime() - (broken.startedAt ?? now).getTime();
  const running = broken.phases.filter(({ status }) => status === "running");
  const line: LogLine = [now.getTime(), "i", unforeseenLine(broken.id, error)];
  const events: DeploymentEvent[] = [
    ...running.map(({ key, startedAt }) => ({
      type: "phase-finished" as const,
      phase: key as PhaseKey,
      status: "failed" as const,
      at: now.toISOString(),
      durationMs: now.getTime() - (startedAt ?? now).getTime(),
      problem: INTERNAL,
    })),
    { type: "state", state, at: now.toISOString(), durationMs, problem: INTERNAL },
  ];
  const logNumber = broken.lastEvent + 1;
  await tx.logChunk.create({
    data: { deploymentId: broken.id, number: logNumber, firstLine: broken.logLines + 1, lineCount: 1, lines: [line] },
  });
  await tx.event.createMany({
    data: events.map((event, index) => ({
      deploymentId: broken.id,
      number: logNumber + 1 + index,
      type: event.type,
      data: event,
    })),
  });
  for (const { position, startedAt } of running) {
    await tx.phase.updateMany({
      where: { deploymentId: broken.id, position },
      data: {
        status: "failed",
        finishedAt: now,
        durationMs: now.getTime() - (startedAt ?? now).getTime(),
        problem: INTERNAL,
      },
    });
  }
  await tx.deployment.update({
    where: { id: broken.id },
    data: {
      state,
      finishedAt: now,
      durationMs,
      problem: INTERNAL,
      // From now on the broken run's journal cannot write what it still has buffered.
      fencing: { increment: 1 },
      lastEvent: logNumber + events.length,
      logLines: { increment: 1 },
    },
  });
  await tx.$queryRaw`SELECT pg_notify('landfall_event', ${broken.id})::text`;
  const { id: deploymentId, serviceId } = broken;
  await publish(tx, { type: "deployment.ended", serviceId, deploymentId, state });
}
