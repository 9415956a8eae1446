import { isDeepStrictEqual } from "node:util";
import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { HealthCheck } from "@/lib/contracts/health-check";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { ServiceChange, ServiceDetail } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type Prisma, type Tx, transaction } from "@/lib/db/client";
import { lockTarget } from "@/lib/targets/target-store";
import { findWrongFields, refuseWrongFields, wrongField } from "./draft-fields";
import { foreignVolumeErrors } from "./foreign-volumes";
import { needUpload } from "./need-upload";
import { driverErrors } from "./place-fields";
import type { ServiceDraft } from "./service-row";
import { findPortHolder, findServiceDetail, lockServiceRow, type ServiceRow, updateService } from "./service-store";

/** Takes effect at the next deployment; what runs now goes on as it was deployed. */
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

/** The same within a transaction of the caller's, which holds the service's row. */
export async function changeServiceIn(tx: Tx, service: ServiceRow, change: ServiceChange, actor: Actor): Promise<void> {
  if (service.templateId !== null) throw new Problem("made-by-template", { params: { name: service.name } });
  const draft = changedDraft(service.draft, change);
  const changes = differences(service.draft, draft);
  if (Object.keys(changes).length === 0) return;
  const asking = { actor, before: service.draft.source };
  const wrong = [
    ...(await findWrongFields(draft, asking)),
    ...driverErrors(draft.driver, service.target),
    ...(await portErrors(tx, service, draft)),
    ...(await foreignVolumeErrors(tx, draft, service.ownerId)),
  ];
  refuseWrongFields(wrong, { name: service.name, port: draft.port, target: service.target.name });
  await needUpload(tx, draft.source);
  await updateService(tx, service.id, draft);
  await audit(tx, actor, "service.change", { type: "service", id: service.id, name: service.name }, changes);
}

function changedDraft(draft: ServiceDraft, { health, ...change }: ServiceChange): ServiceDraft {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...draft, ...given, health: health ? HealthCheck.parse(health) : draft.health };
}

async function portErrors(tx: Tx, service: ServiceRow, { port }: ServiceDraft): Promise<FieldError[]> {
  if (port === service.draft.port || service.target.kind === "dokploy") return [];
  await lockTarget(tx, service.target.name);
  const holder = await findPortHolder(tx, { targetId: service.target.id, port, exceptId: service.id });
  return holder ? [wrongField(["port"], "port-taken")] : [];
}

/** For the audit trail: each changed field, from what to what. */
function differences(before: ServiceDraft, after: ServiceDraft): Prisma.InputJsonObject {
  const fields = (Object.keys(after) as (keyof ServiceDraft)[]).filter(
    (field) => !isDeepStrictEqual(before[field], after[field]),
  );
  return Object.fromEntries(fields.map((field) => [field, { from: before[field], to: after[field] }]));
}
