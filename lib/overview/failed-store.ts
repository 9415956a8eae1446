import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import type { Overview } from "@/lib/contracts/overview";
import { PhaseKey } from "@/lib/contracts/phase";
import { ProblemData } from "@/lib/contracts/problem";
import { db } from "@/lib/db/client";

const SHOWN = 5;
const DAY_MS = 86_400_000;
const FAILED = ["failed", "stuck"];

/** What went wrong in the last 24 hours, newest first, and in which phase. */
export async function readFailed(serviceIds: string[] | null, now: Date): Promise<Overview["failed"]> {
  const where = {
    state: { in: FAILED },
    queuedAt: { gte: new Date(now.getTime() - DAY_MS) },
    ...(serviceIds && { serviceId: { in: serviceIds } }),
  };
  const [total, rows] = await Promise.all([
    db.deployment.count({ where }),
    db.deployment.findMany({
      where,
      // By the time that the window is of: by id the planner would walk the whole history for what is rare.
      orderBy: { queuedAt: "desc" },
      take: SHOWN,
      include: {
        service: { select: { id: true, name: true } },
        phases: { where: { status: "failed" }, orderBy: { position: "asc" }, take: 1, select: { key: true } },
      },
    }),
  ]);
  const items = rows.map((row) => ({
    id: row.id,
    number: row.number,
    service: row.service,
    kind: DeploymentKind.parse(row.kind),
    state: DeploymentState.parse(row.state),
    queuedAt: row.queuedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    problem: ProblemData.nullable().parse(row.problem),
    failedPhase: row.phases[0] ? PhaseKey.parse(row.phases[0].key) : null,
  }));
  return { total, items };
}
