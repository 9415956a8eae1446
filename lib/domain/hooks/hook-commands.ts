import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import type { CommitStatusView, DeliveryView, HookChange, HookView, StatusSetting } from "@/lib/contracts/hook";
import type { Page, PageQuery } from "@/lib/contracts/page";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { ownedService } from "@/lib/services/owned-service";
import { lockServiceRow, type ServiceRow } from "@/lib/services/service-store";
import { findGitAccess, storeStatusSetting } from "@/lib/sources/git/git-access";
import { findDelivery, findHook, type HookRow, listDeliveriesOf, secretOf, storeNewSecret } from "./hook-store";
import { judgeDelivery } from "./judge-delivery";

/** What people do with the hook of a service. `origin` is the address of the console, as Git servers reach it. */

/** The hook; the first one to ask for it creates it. Throws `git-not-applicable` for a service from another source. */
export async function readHook(name: string, actor: Actor, origin: string): Promise<HookView> {
  const service = withRepository(await ownedService(name, actor, "service:update"));
  const hook = (await findHook(db, service.id)) ?? (await createHook(name, actor));
  return viewOf(service, hook, origin);
}

/** A new secret; deliveries that are signed with the one before are refused from now on. */
export async function renewHook(name: string, actor: Actor, origin: string): Promise<HookView> {
  return change(name, actor, origin, "hook-secret", async (tx, service) => {
    await storeNewSecret(tx, service.id, actor.id);
    return {};
  });
}

export function changeHook(name: string, wanted: HookChange, actor: Actor, origin: string): Promise<HookView> {
  return change(name, actor, origin, "hook-change", async (tx, service) => {
    const { enabled, paths, statuses } = wanted;
    const hook = await findHook(tx, service.id);
    if (!hook || (enabled && hook.sealedSecret === null)) await storeNewSecret(tx, service.id, actor.id);
    const data = { ...(enabled !== undefined && { enabled }), ...(paths && { paths }) };
    await tx.hook.update({ where: { serviceId: service.id }, data });
    if (statuses) await storeStatusSetting(tx, service.id, statuses);
    return { ...data, ...(statuses && { statuses }) };
  });
}

/** Its address answers as if there were none. What was delivered is kept. */
export async function removeHook(name: string, actor: Actor, origin: string): Promise<void> {
  await change(name, actor, origin, "hook-removal", async (tx, service) => {
    await storeNewSecret(tx, service.id, actor.id);
    await tx.hook.update({ where: { serviceId: service.id }, data: { sealedSecret: null, enabled: false } });
    return {};
  });
}

export async function listDeliveries(name: string, page: PageQuery, actor: Actor): Promise<Page<DeliveryView>> {
  const { id } = await ownedService(name, actor, "service:update");
  return listDeliveriesOf(id, page);
}

/** Judges a stored push once more, as a delivery of its own, in the name of the person. */
export async function redeliver(name: string, deliveryId: string, actor: Actor): Promise<DeliveryView> {
  const id = uuidv7();
  const serviceId = await transaction(async (tx) => {
    const service = authorize(actor, "service:update", await lockServiceRow(tx, name));
    const found = await findDelivery(service.id, deliveryId, tx);
    if (!found) throw new Problem("not-found");
    const { push, view } = found;
    if (!push || !view.canRedeliver) throw new Problem("delivery-not-redeliverable");
    const judged = await judgeDelivery(tx, { id, serviceId: service.id, push, again: { actor, deliveryId } });
    if (!judged) throw new Problem("delivery-not-redeliverable");
    const subject = { type: "service", id: service.id, name };
    await audit(tx, actor, "service.hook-redelivery", subject, {
      delivery: deliveryId,
      verdict: judged.receipt.verdict,
    });
    return service.id;
  });
  const delivery = await findDelivery(serviceId, id);
  if (!delivery) throw new Problem("not-found");
  return delivery.view;
}

function createHook(name: string, actor: Actor): Promise<HookRow> {
  return transaction(async (tx) => {
    const service = withRepository(authorize(actor, "service:update", await lockServiceRow(tx, name)));
    const found = await findHook(tx, service.id);
    if (found) return found;
    await audit(tx, actor, "service.hook-secret", { type: "service", id: service.id, name });
    return storeNewSecret(tx, service.id, actor.id);
  });
}

/** What is changed, by its word in the audit log; `work` answers what the log says of it, which is never a secret. */
async function change(
  name: string,
  actor: Actor,
  origin: string,
  what: "hook-secret" | "hook-change" | "hook-removal",
  work: (tx: Tx, service: ServiceRow) => Promise<Record<string, string | boolean | string[]>>,
): Promise<HookView> {
  const service = await transaction(async (tx) => {
    const found = withRepository(authorize(actor, "service:update", await lockServiceRow(tx, name)));
    const details = await work(tx, found);
    await audit(tx, actor, `service.${what}`, { type: "service", id: found.id, name: found.name }, details);
    return found;
  });
  return viewOf(service, await findHook(db, service.id), origin);
}

function withRepository(service: ServiceRow): ServiceRow {
  if (service.draft.source.kind !== "git") throw new Problem("git-not-applicable", { params: { reason: "source" } });
  return service;
}

async function viewOf(service: ServiceRow, hook: HookRow | null, origin: string): Promise<HookView> {
  const { source } = service.draft;
  const [access, status] = await Promise.all([
    findGitAccess(service.id),
    db.commitStatus.findUnique({ where: { serviceId: service.id } }),
  ]);
  return {
    url: `${origin}/api/hooks/${service.id}`,
    secret: (hook && secretOf(hook)?.reveal()) ?? null,
    enabled: hook?.enabled ?? false,
    paths: hook?.paths ?? [],
    branch: source.kind === "git" ? (source.ref ?? null) : null,
    statuses: (access?.statuses ?? "auto") as StatusSetting,
    newestStatus: status && {
      commit: status.commit,
      deploymentId: status.deploymentId,
      state: status.state as CommitStatusView["state"],
      sentAt: status.sentAt?.toISOString() ?? null,
      refusedAt: status.refusedAt?.toISOString() ?? null,
      detail: status.detail,
    },
  };
}
