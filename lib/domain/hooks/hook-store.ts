import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { Commit } from "@/lib/contracts/git-source";
import type { DeliveryReason, DeliveryReceipt, DeliveryVerdict, DeliveryView } from "@/lib/contracts/hook";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { ProblemParams } from "@/lib/contracts/problem";
import { db, Prisma, type Tx } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import type { HookProvider, Push } from "./read-push";

/** All the Prisma of hooks and their deliveries. */

export type HookRow = Prisma.HookGetPayload<object>;

/** The hook of a service that is there, and was not removed from it. */
export function findLiveHook(serviceId: string): Promise<HookRow | null> {
  return db.hook.findFirst({
    where: { serviceId, sealedSecret: { not: null }, service: { deletedAt: null } },
  });
}

export function findHook(tx: Tx, serviceId: string): Promise<HookRow | null> {
  return tx.hook.findUnique({ where: { serviceId } });
}

/** A new secret, enabled; the one before is no longer accepted. */
export async function storeNewSecret(tx: Tx, serviceId: string, createdById: string | null): Promise<HookRow> {
  await tx.hook.createMany({ data: { id: uuidv7(), serviceId }, skipDuplicates: true });
  const { id } = await tx.hook.findUniqueOrThrow({ where: { serviceId }, select: { id: true } });
  const sealedSecret = seal(newSecret(), placeOf(id));
  return tx.hook.update({ where: { id }, data: { sealedSecret, enabled: true, createdById } });
}

export function secretOf({ id, sealedSecret }: HookRow): Secret | null {
  return sealedSecret === null ? null : unseal<Secret>(sealedSecret, placeOf(id));
}

/** As Standard Webhooks writes secrets; the other senders sign with its text. */
export function newSecret(): Secret {
  return new Secret(`whsec_${randomBytes(32).toString("base64")}`);
}

/** Where the encrypted text is stored: it can be decrypted for no other row. */
function placeOf(id: string): Place {
  return { table: "hook", column: "sealed_secret", id };
}

/** What became of a delivery. */
export interface Verdict {
  verdict: DeliveryVerdict;
  reason: string | null;
  params: ProblemParams;
  deployment: { id: string; number: number } | null;
}

export function nothing(
  verdict: "nothing" | "refused" | "failed",
  reason: string,
  params: ProblemParams = {},
): Verdict {
  return { verdict, reason, params, deployment: null };
}

export interface NewDelivery extends Verdict {
  id: string;
  serviceId: string;
  /** What it said, once its signature was right. */
  push: Push | null;
  provider: HookProvider | null;
  redeliveryOfId?: string;
}

/** A delivery that may be judged anew when it arrives again: what prevented it is not in the delivery. */
const JUDGED_ANEW: readonly (DeliveryReason | null)[] = ["disabled", "no-git-source", "delivered-before"];

export async function insertDelivery(tx: Tx, delivery: NewDelivery): Promise<DeliveryReceipt> {
  const { id, serviceId, push, provider, redeliveryOfId, verdict, reason, params, deployment } = delivery;
  const isSettled = verdict === "deployed" || (verdict === "nothing" && !JUDGED_ANEW.some((code) => code === reason));
  await tx.hookDelivery.create({
    data: {
      ...{ id, serviceId, verdict, reason, params, provider },
      deliveryId: isSettled && !redeliveryOfId ? push?.deliveryId || null : null,
      event: push?.event ?? "",
      ref: push?.ref ?? "",
      commit: push?.commit ?? Prisma.DbNull,
      push: push ? { ...push } : Prisma.DbNull,
      deploymentId: deployment?.id ?? null,
      redeliveryOfId: redeliveryOfId ?? null,
    },
  });
  return { id, verdict, reason, params, deployment };
}

/** Newest first. */
export async function listDeliveriesOf(serviceId: string, page: PageQuery): Promise<Page<DeliveryView>> {
  const rows = await db.hookDelivery.findMany({
    where: { serviceId, ...(page.after && { id: { lt: page.after } }) },
    orderBy: { id: "desc" },
    take: page.limit + 1,
    include: WITH_DEPLOYMENT,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: items.map(toView), next };
}

export async function findDelivery(serviceId: string, id: string, tx: Tx = db) {
  const row = await tx.hookDelivery.findFirst({ where: { id, serviceId }, include: WITH_DEPLOYMENT });
  return row && { view: toView(row), push: pushOf(row) };
}

const WITH_DEPLOYMENT = { deployment: { select: { id: true, number: true } } } as const;
type DeliveryRow = Prisma.HookDeliveryGetPayload<{ include: typeof WITH_DEPLOYMENT }>;

function toView(row: DeliveryRow): DeliveryView {
  const { id, event, ref, reason, deployment } = row;
  const push = pushOf(row);
  return {
    ...{ id, event, ref, reason, deployment },
    verdict: row.verdict as DeliveryVerdict,
    provider: row.provider as HookProvider | null,
    deliveryId: row.deliveryId ?? (push?.deliveryId || null),
    commit: Commit.nullable().catch(null).parse(row.commit),
    params: ProblemParams.parse(row.params),
    receivedAt: row.receivedAt.toISOString(),
    redeliveryOf: row.redeliveryOfId,
    canRedeliver: push?.kind === "push",
  };
}

/** As insertDelivery wrote it. */
export function pushOf({ push }: Pick<DeliveryRow, "push">): Push | null {
  return push as unknown as Push | null;
}

const DAY_MS = 24 * 60 * 60_000;
const KEPT_MS = 90 * DAY_MS;
/** Of each service: anyone may send what is not signed. */
export const KEPT_UNPROVEN = 200;

/** Removes deliveries after 90 days, and unsigned ones beyond the newest of each service. */
export async function pruneDeliveries(): Promise<void> {
  await db.hookDelivery.deleteMany({ where: { receivedAt: { lt: new Date(Date.now() - KEPT_MS) } } });
  await db.$executeRaw`
    DELETE FROM hook_delivery WHERE id IN (
      SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY service_id ORDER BY id DESC) AS place FROM hook_delivery
        WHERE verdict = 'refused' AND push IS NULL
      ) AS unproven WHERE place > ${KEPT_UNPROVEN})`;
}
