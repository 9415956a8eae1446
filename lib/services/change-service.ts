import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { HealthCheck } from "@/lib/contracts/health-check";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { ServiceChange, ServiceDetail } from "@/lib/contracts/service";
import { isStack } from "@/lib/contracts/stack-state";
import { sharesPorts } from "@/lib/contracts/target-kind";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { lockTarget } from "@/lib/targets/target-store";
import { findWrongFields, refuseWrongFields, reserveSource, wrongField } from "./draft-fields";
import { foreignVolumeErrors } from "./kept-volumes";
import { domainTakenErrors, driverErrors, hostErrors } from "./place-fields";
import { healthPathOf, type ServiceDraft } from "./service-row";
import { findPortHolder, findServiceDetail, lockServiceRow, type ServiceRow, updateService } from "./service-store";

/** Takes effect at the next deployment; the live release keeps its configuration. */
export async function changeService(name: string, change: ServiceChange, actor: Actor): Promise<ServiceDetail> {
  const id = await transaction(async (tx) => {
    const service = authorize(actor, "service:update", await lockServiceRow(tx, name));
    await changeServiceIn(tx, service, change, actor);
    return service.id;
  });
  const changed = await findServiceDetail(id);
  if (!changed) throw new Problem("not-found");
  return changed;
}

/** The same in the caller's transaction, which has locked the service's row. */
export async function changeServiceIn(tx: Tx, service: ServiceRow, change: ServiceChange, actor: Actor): Promise<void> {
  if (isStack(service)) throw new Problem("made-by-template", { params: { name: service.name } });
  const { ownerRole, target } = service;
  authorizeDeploy({ actor, ownerRole }, target);
  const draft = changedDraft(service.draft, change);
  const changes = changesOf(service, change);
  if (Object.keys(changes).length === 0) return;
  const asking = { actor, ownerRole, target, before: service.draft.source, domainBefore: service.draft.domain };
  const wrong = [
    ...(await findWrongFields(draft, asking)),
    ...driverErrors(draft.driver, target),
    ...(changes.driver || changes.domain || changes.settings ? await hostErrors(tx, service.target.id, draft) : []),
    ...(await takenErrors(tx, service, draft)),
    ...(await foreignVolumeErrors(tx, draft, service.ownerId)),
  ];
  refuseWrongFields(wrong, { name: service.name, port: draft.port, target: target.name });
  await reserveSource(tx, draft.source);
  await updateService(tx, service.id, draft);
  await audit(tx, actor, "service.change", { type: "service", id: service.id, name: service.name }, changes);
}

/** The fields that the change alters, with their old and new values, also for the audit trail. */
export function changesOf({ draft: before }: ServiceRow, change: ServiceChange): Prisma.InputJsonObject {
  const after = changedDraft(before, change);
  const fields = (Object.keys(after) as (keyof ServiceDraft)[]).filter(
    (field) => !isDeepStrictEqual(before[field], after[field]),
  );
  return Object.fromEntries(fields.map((field) => [field, { from: before[field], to: after[field] }]));
}

function changedDraft(draft: ServiceDraft, { health, healthPath, ...change }: ServiceChange): ServiceDraft {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const path = healthPath === undefined ? {} : healthPathOf(healthPath);
  return { ...draft, ...given, ...path, health: health ? HealthCheck.parse(health) : draft.health };
}

async function takenErrors(
  tx: Tx,
  { id, draft: before, target }: ServiceRow,
  after: ServiceDraft,
): Promise<FieldError[]> {
  const isNewPort = after.port !== before.port && sharesPorts(target.kind);
  const newDomain = after.domain === before.domain ? null : after.domain;
  if (!isNewPort && newDomain === null) return [];
  await lockTarget(tx, target.name);
  const holder = isNewPort && (await findPortHolder(tx, { targetId: target.id, port: after.port, exceptId: id }));
  return [
    ...(holder ? [wrongField(["port"], "port-taken")] : []),
    ...(newDomain === null ? [] : await domainTakenErrors(tx, newDomain, target, id)),
  ];
}
