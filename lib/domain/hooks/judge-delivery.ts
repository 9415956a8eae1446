import * as z from "zod";
import type { DeliveryReason, DeliveryReceipt } from "@/lib/contracts/hook";
import { Problem, type ProblemParams } from "@/lib/contracts/problem";
import { DeployMessage } from "@/lib/contracts/service";
import { Source } from "@/lib/contracts/source";
import { type Actor, Role } from "@/lib/contracts/user";
import { supersedePushes } from "@/lib/engine/deployment-commands";
import { requestDeploymentIn } from "@/lib/engine/request-deployment";
import type { Tx } from "@/lib/platform/db/client";
import { lockService } from "@/lib/services/service-store";
import { insertDelivery, nothing, pushOf, type Verdict } from "./hook-store";
import { isOlder, type Step, whyIgnored } from "./judge-push";
import type { Push } from "./read-push";

/** What a delivery is answered: its row, and the problem that refused it. */
export interface Received {
  receipt: DeliveryReceipt;
  problem: Problem | null;
}

interface Judged {
  id: string;
  serviceId: string;
  push: Push;
  /** A person who wants it judged once more, and the delivery that is repeated. */
  again?: { actor: Actor; deliveryId: string };
}

/** Stores a delivery with its verdict and what follows from it, in the caller's transaction. Null without such a hook. */
export async function judgeDelivery(tx: Tx, { id, serviceId, push, again }: Judged): Promise<Received | null> {
  await lockService(tx, serviceId);
  const service = await readService(tx, serviceId);
  if (!service?.hook) return null;
  const delivery = { id, serviceId, push, provider: push.provider };
  const earlier = again ? null : await findEarlier(tx, serviceId, push);
  if (earlier) {
    const { deployment } = earlier;
    const verdict = { ...nothing("nothing", "delivered-before", numberOf(deployment)), deployment };
    return {
      receipt: await insertDelivery(tx, { ...delivery, ...verdict, redeliveryOfId: earlier.id }),
      problem: null,
    };
  }
  const { verdict, problem } = await judge(tx, service, push, again?.actor ?? null);
  const repeats = again && { redeliveryOfId: again.deliveryId };
  return { receipt: await insertDelivery(tx, { ...delivery, ...verdict, ...repeats }), problem };
}

type JudgedService = NonNullable<Awaited<ReturnType<typeof readService>>>;

function readService(tx: Tx, serviceId: string) {
  return tx.service.findFirst({
    where: { id: serviceId, deletedAt: null },
    include: { hook: true, owner: true, currentRelease: true },
  });
}

/** The same delivery of the sender, where it is settled. */
async function findEarlier(tx: Tx, serviceId: string, { deliveryId }: Push) {
  if (deliveryId === "") return null;
  return tx.hookDelivery.findUnique({
    where: { serviceId_deliveryId: { serviceId, deliveryId } },
    select: { id: true, deployment: { select: { id: true, number: true } } },
  });
}

async function judge(
  tx: Tx,
  service: JudgedService,
  push: Push,
  person: Actor | null,
): Promise<{ verdict: Verdict; problem: Problem | null }> {
  const ignored = whyIgnored(push, {
    enabled: service.hook?.enabled ?? false,
    paths: service.hook?.paths ?? [],
    source: Source.parse(service.source),
    lastRef: wantedBy(service.currentRelease?.spec).ref,
  });
  const verdict = ignored
    ? nothing("nothing", ignored.reason, ignored.params)
    : ((await findSame(tx, service, push)) ?? (person ? null : await findNewer(tx, service, push)));
  if (verdict) return { verdict, problem: null };
  try {
    return { verdict: await deploy(tx, service, push, person ?? ownerOf(service)), problem: null };
  } catch (error) {
    // What the owner may not, or the target does not take: it was found before anything was written.
    if (!(error instanceof Problem) || error.code === "internal") throw error;
    return { verdict: nothing("refused", error.code, error.params), problem: error };
  }
}

/** A push is deployed in the name of the owner, with what they may today. */
function ownerOf({ owner }: JudgedService): Actor {
  if (owner.disabledAt) throw new Problem("owner-disabled", { params: { owner: owner.name } });
  return { id: owner.id, name: owner.name, role: Role.parse(owner.role) };
}

async function deploy(tx: Tx, service: JudgedService, push: Push, actor: Actor): Promise<Verdict> {
  const { commit, repository } = push;
  const message = DeployMessage.safeParse(commit?.message).data;
  const wanted = { service: service.name, ...(commit && { commit: commit.id }), ...(message && { message }) };
  const id = await requestDeploymentIn(tx, wanted, actor, { trigger: "push" });
  const { number } = await tx.deployment.findUniqueOrThrow({ where: { id }, select: { number: true } });
  const superseded = await supersedePushes(tx, service, number, actor);
  const params = {
    number,
    ...(superseded.length > 0 && { superseded: superseded.map((each) => `#${each}`).join(", ") }),
    ...(isElsewhere(service, repository) && { repository: repository ?? "" }),
  };
  return { verdict: "deployed", reason: null, params, deployment: { id, number } };
}

/** A repository may have been renamed since, so this is only said. */
function isElsewhere({ source }: JudgedService, repository: string | null): boolean {
  const { data } = Source.safeParse(source);
  if (repository === null || data?.kind !== "git") return false;
  return !data.url
    .toLowerCase()
    .replace(/(\.git)?\/*$/, "")
    .endsWith(repository.toLowerCase());
}

const Spec = z.object({
  commit: z.string().optional(),
  revision: z.object({ commit: z.string().optional(), ref: z.string().optional() }).optional(),
  source: z.object({ kind: z.string(), url: z.string().optional() }),
});

/** Which commit of which repository a deployment is of. */
function wantedBy(spec: unknown): { commit: string | null; url: string | null; ref: string | null } {
  const { data } = Spec.safeParse(spec);
  const { commit = data?.commit ?? null, ref = null } = data?.revision ?? {};
  return { commit, ref, url: data?.source.url ?? null };
}

/**
 * Whether the service has the commit, or will have it once everything that is requested has ended: then there is nothing
 * to do.
 */
async function findSame(tx: Tx, service: JudgedService, { commit }: Push): Promise<Verdict | null> {
  const source = Source.parse(service.source);
  const isIt = (spec: unknown) => {
    const wanted = wantedBy(spec);
    return source.kind === "git" && wanted.commit === commit?.id && wanted.url === source.url;
  };
  const newest = await tx.deployment.findFirst({
    where: { serviceId: service.id, state: { in: ["queued", "running", "undoing"] } },
    orderBy: { number: "desc" },
  });
  if (newest) {
    const isUnderWay = newest.kind !== "removal" && newest.state !== "undoing" && newest.cancelRequestedAt === null;
    const reason: DeliveryReason = newest.state === "queued" ? "already-queued" : "already-running";
    return isUnderWay && isIt(newest.spec) ? already(reason, newest) : null;
  }
  const { currentRelease: live } = service;
  if (!live || !isIt(live.spec)) return null;
  const where = { id: live.deploymentId };
  return already("already-live", await tx.deployment.findUniqueOrThrow({ where, select: { id: true, number: true } }));
}

/** A newer push was deployed already, and this one arrives after it. */
async function findNewer(tx: Tx, service: JudgedService, push: Push): Promise<Verdict | null> {
  const where = { serviceId: service.id, ref: push.ref };
  const newest = await tx.hookDelivery.findFirst({
    where: { ...where, deploymentId: { not: null }, OR: [{ verdict: "deployed" }, { reason: { in: ALREADY } }] },
    orderBy: [{ deployment: { number: "desc" } }, { id: "desc" }],
    include: { deployment: { select: { id: true, number: true } } },
  });
  if (!newest?.deployment || !push.commit) return null;
  const step: Step = { commit: push.commit.id, before: push.before, at: push.commit.at };
  const head = stepOf(pushOf(newest));
  if (!head || step.before === head.commit) return null;
  const known = await tx.$queryRaw<Step[]>`
    SELECT commit->>'id' AS commit, push->>'before' AS before, NULL AS at FROM hook_delivery
    WHERE service_id = ${service.id}::uuid AND ref = ${push.ref} AND commit IS NOT NULL ORDER BY id DESC LIMIT ${KNOWN_PUSHES}`;
  return isOlder(step, head, known) ? already("older-push", newest.deployment) : null;
}

const ALREADY: DeliveryReason[] = ["already-live", "already-queued", "already-running"];
const KNOWN_PUSHES = 200;

function stepOf(push: Push | null): Step | null {
  return push?.commit ? { commit: push.commit.id, before: push.before, at: push.commit.at } : null;
}

function already(reason: DeliveryReason, { id, number }: { id: string; number: number }): Verdict {
  return { ...nothing("nothing", reason, { number }), deployment: { id, number } };
}

function numberOf(deployment: { number: number } | null): ProblemParams {
  return deployment ? { number: deployment.number } : {};
}
