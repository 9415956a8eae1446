import type { Condition, Difference, Restored } from "@/lib/contracts/drift";
import { isConfined } from "@/lib/contracts/grants";
import type { ProblemData } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import { isStack } from "@/lib/contracts/stack-state";
import { SYSTEM } from "@/lib/contracts/user";
import type { Json } from "@/lib/drivers/driver";
import { audit } from "@/lib/platform/audit/audit";
import { db, Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { publish } from "@/lib/platform/outbox/outbox";
import { scopedVolumes } from "@/lib/services/kept-volumes";
import { readLastDeployments } from "@/lib/services/service-status-store";

/** All queries for checks of services: the desired services of a target, and the results of their checks. */

/** A service that should run on a target, according to its current release. */
export interface WantedService {
  id: string;
  name: string;
  /** Passed to the driver. */
  isConfined: boolean;
  release: { id: string; artifact: Json; deploymentId: string; spec: DeploymentSpec; deployedAt: Date };
  /** An undo failed: the state of the host is unclear, and a person has to fix it before any repair. */
  isStuck: boolean;
  /** The previous check, if it was of this release. */
  before: Prisma.ServiceCheckGetPayload<object> | null;
}

const MOVING = ["running", "undoing"];

/** Without the services that a deployment is changing now. */
export async function listWanted(targetId: string): Promise<WantedService[]> {
  const rows = await db.service.findMany({
    where: {
      targetId,
      deletedAt: null,
      currentRelease: { targetId },
      deployments: { none: { state: { in: MOVING } } },
    },
    include: { currentRelease: true, check: true, owner: { select: { role: true } } },
    orderBy: { name: "asc" },
  });
  const last = await readLastDeployments(rows.map(({ id }) => id));
  return rows.flatMap(({ id, name, owner, templateId, volumeScope, currentRelease, check }) => {
    if (!currentRelease) return [];
    const { artifact, deploymentId, lastServedAt, createdAt } = currentRelease;
    const release = {
      id: currentRelease.id,
      artifact: artifact as Json,
      deploymentId,
      spec: scopedVolumes(DeploymentSpec.parse(currentRelease.spec), volumeScope),
      deployedAt: lastServedAt ?? createdAt,
    };
    const isStuck = last.get(id)?.deployment?.state === "stuck";
    const origin = { ownerRole: owner.role, isFromTemplate: isStack({ templateId }) };
    const before = check?.releaseId === release.id ? check : null;
    return [{ id, name, isConfined: isConfined(origin), release, isStuck, before }];
  });
}

export function isMoving(tx: Prisma.TransactionClient, serviceId: string): Promise<boolean> {
  return tx.deployment.count({ where: { serviceId, state: { in: MOVING } } }).then((count) => count > 0);
}

/** The result of a check and its repairs. */
export interface SeenService {
  condition: Condition;
  differences: Difference[];
  exitCode: number | null;
  restarts: number;
  unsteadyLooks: number;
  lastOutput: string[];
  /** Repaired by this check. */
  restored: Restored[];
  tries: number;
  triedAt: Date | null;
  problem: ProblemData | null;
  registryAt: Date | null;
  at: Date;
}

/** Stores a check. The audit trail records a repair as done by Landfall itself. */
export async function keepCheck(
  service: WantedService,
  { at, restored, problem, ...seen }: SeenService,
): Promise<void> {
  const { id, name, release, before } = service;
  const data = {
    ...seen,
    releaseId: release.id,
    since: before?.condition === seen.condition ? before.since : at,
    checkedAt: at,
    problem: problem ?? Prisma.DbNull,
    restored: restored.length > 0 ? restored : (before?.restored ?? []),
    restoredAt: restored.length > 0 ? at : (before?.restoredAt ?? null),
  };
  await transaction(async (tx) => {
    await tx.serviceCheck.upsert({ where: { serviceId: id }, create: { serviceId: id, ...data }, update: data });
    await publishChange(tx, service, seen.condition);
    if (restored.length === 0) return;
    await audit(tx, SYSTEM, "service.restore", { type: "service", id, name }, { restored });
    await publish(tx, { type: "drift.repaired", serviceId: id, restored });
  });
  report(service, seen, restored);
}

async function publishChange(tx: Tx, { id, release, before }: WantedService, condition: Condition): Promise<void> {
  const ids = { serviceId: id, releaseId: release.id };
  const isUp = condition === "good" || condition === "drifted";
  if (condition === "down" && before?.condition !== "down") await publish(tx, { type: "service.down", ...ids });
  if (isUp && before?.condition === "down") await publish(tx, { type: "service.up", ...ids });
}

/** The host did not answer: only the previous check is known. */
export async function keepUnknown({ id, name, release, before }: WantedService, problem: ProblemData): Promise<void> {
  const now = new Date();
  const isNew = before?.condition !== "unknown";
  const data = { releaseId: release.id, condition: "unknown", problem, ...(isNew && { since: now }) };
  await transaction((tx) =>
    tx.serviceCheck.upsert({
      where: { serviceId: id },
      create: { serviceId: id, since: now, checkedAt: now, ...data },
      update: data,
    }),
  );
  if (isNew) log.warn({ service: name, problem: problem.code }, "a service could not be compared with its host");
}

function report(
  { name, before }: WantedService,
  { condition, differences }: Pick<SeenService, "condition" | "differences">,
  restored: Restored[],
): void {
  const codes = differences.map(({ code }) => code);
  if (restored.length > 0) log.warn({ service: name, restored }, "repaired what the host had lost of a service");
  if (condition === before?.condition) return;
  if (condition === "good") {
    if (before) log.info({ service: name, before: before.condition }, "a service is as it should be again");
  } else log.warn({ service: name, condition, differences: codes }, "a service is not as it should be");
}
