import type { DeploymentState } from "@/lib/contracts/deployment";
import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { unforeseenLine } from "./journal";

const INTERNAL: ProblemData = { code: "internal", params: {} };
const withPhases = { phases: { orderBy: { position: "asc" } } } as const satisfies Prisma.DeploymentInclude;
type Broken = Prisma.DeploymentGetPayload<{ include: typeof withPhases }>;

/**
 * The last resort for a run that broke off outside its pipeline (a row that cannot be read, a last write that is refused):
 * ends what this worker has claimed of the service, with its phases. What had begun may be left on the target, so the
 * deployment is `stuck` and its undo can be retried; where nothing had begun it has failed.
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
  const state: DeploymentState = begun ? "stuck" : "failed";
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
      // The journal of the broken run, should it still hold something, can write no more.
      fencing: { increment: 1 },
      lastEvent: logNumber + events.length,
      logLines: { increment: 1 },
    },
  });
  await tx.$queryRaw`SELECT pg_notify('landfall_event', ${broken.id})::text`;
}
