import type { Condition, Difference, Restored } from "@/lib/contracts/drift";
import type { ProblemData } from "@/lib/contracts/problem";
import { SYSTEM } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { Prisma } from "@/lib/platform/db/generated/client";
import { log } from "@/lib/platform/log";
import type { WantedService } from "./wanted-store";

/** What a look saw and did. */
export interface SeenService {
  condition: Condition;
  differences: Difference[];
  exitCode: number | null;
  restarts: number;
  unsteadyLooks: number;
  lastOutput: string[];
  /** Now, by this look. */
  restored: Restored[];
  tries: number;
  triedAt: Date | null;
  problem: ProblemData | null;
  registryAt: Date | null;
  at: Date;
}

/** Keeps it; what was put back is in the audit trail as done by Landfall itself. */
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
    if (restored.length === 0) return;
    await audit(tx, SYSTEM, "service.restore", { type: "service", id, name }, { restored });
  });
  report(service, seen, restored);
}

/** The host could not be asked: what was seen before is all that is known. */
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
  if (restored.length > 0) log.warn({ service: name, restored }, "what the host had lost of a service was put back");
  if (condition === before?.condition) return;
  if (condition === "good") {
    if (before) log.info({ service: name, before: before.condition }, "a service is as it should be again");
  } else log.warn({ service: name, condition, differences: codes }, "a service is not as it should be");
}
