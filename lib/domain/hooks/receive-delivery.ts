import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import type { DeliveryReceipt } from "@/lib/contracts/hook";
import { Problem, ProblemParams } from "@/lib/contracts/problem";
import { db, transaction } from "@/lib/platform/db/client";
import { isTransient, retryTransient } from "@/lib/platform/db/transient";
import { log } from "@/lib/platform/log";
import { findLiveHook, insertDelivery, newSecret, nothing, secretOf, type Verdict } from "./hook-store";
import { judgeDelivery, type Received } from "./judge-delivery";
import { type HookFailure, type HookRequest, type Push, readPush } from "./read-push";

/** Counts a delivery of the service. Throws when there were too many. */
type Limit = (key: string) => Promise<void>;

/** A sender waits ten seconds, and not all of them send again. */
const DATABASE_PATIENCE_MS = 5_000;
/** Longer than a refusal takes: the time of an answer does not tell whether there is such a service. */
const REFUSED_AFTER_MS = 150;
/** What signatures are compared with where there is no hook. */
const NO_SECRET = newSecret();

/**
 * Takes a request to the hook of a service. Verifies it, and in one transaction, under the lock of the service, stores it
 * with its verdict and the deployment that it starts. Null where there is no such hook or the signature is not its secret's:
 * the two are answered alike. `too-large` is a body that was not read.
 */
export async function receiveDelivery(
  serviceId: string,
  request: HookRequest | "too-large",
  limit: Limit,
): Promise<Received | null> {
  const refusable = sleep(REFUSED_AFTER_MS);
  const hook = await retryTransient(() => findLiveHook(serviceId), { patienceMs: DATABASE_PATIENCE_MS });
  const secret = hook ? secretOf(hook) : null;
  const push = request === "too-large" ? request : readPush(request, secret ?? NO_SECRET);
  if (typeof push === "string") {
    const received = secret ? await storeRefused(serviceId, push, limit) : null;
    await refusable;
    return received;
  }
  if (!secret) return null;
  await limit(serviceId);
  return storeJudged(serviceId, push);
}

/** What is answered to a sender that has proven the secret; the others learn nothing. */
const ANSWERS: { readonly [Failure in HookFailure | "too-large"]: Problem | null } = {
  unsigned: null,
  "wrong-signature": null,
  "old-signature": new Problem("hook-signature-old"),
  unreadable: new Problem("hook-unreadable"),
  "too-large": null,
};

async function storeRefused(
  serviceId: string,
  reason: HookFailure | "too-large",
  limit: Limit,
): Promise<Received | null> {
  const problem = ANSWERS[reason];
  try {
    await limit(`${problem ? "" : "unproven "}${serviceId}`);
  } catch (error) {
    // Anyone can send these: beyond the limit they are refused like the others, and not stored.
    if (!problem && error instanceof Problem) return null;
    throw error;
  }
  const row = { id: uuidv7(), serviceId, push: null, provider: null, ...nothing("refused", reason) };
  const receipt = await retryTransient(() => insertDelivery(db, row), { patienceMs: DATABASE_PATIENCE_MS });
  return problem && { receipt, problem };
}

/**
 * Repeated while the database is away: whether an attempt that broke off was committed is found by the id of its row, so
 * that no delivery is stored twice.
 */
async function storeJudged(serviceId: string, push: Push): Promise<Received | null> {
  const attempts: string[] = [];
  const attempt = async () => {
    const committed = attempts.length > 0 ? await receiptOf(attempts) : null;
    if (committed) return { receipt: committed, problem: null };
    return transaction((tx) => {
      const id = uuidv7();
      attempts.push(id);
      return judgeDelivery(tx, { id, serviceId, push });
    });
  };
  try {
    return await retryTransient(attempt, { patienceMs: DATABASE_PATIENCE_MS });
  } catch (error) {
    if (isTransient(error) || error instanceof Problem) throw error;
    log.error({ err: error, serviceId }, "an unforeseen error ended the delivery of a push");
    const row = { id: uuidv7(), serviceId, push, provider: push.provider, ...nothing("failed", "internal") };
    return { receipt: await insertDelivery(db, row), problem: new Problem("internal", { cause: error }) };
  }
}

async function receiptOf(ids: readonly string[]): Promise<DeliveryReceipt | null> {
  const row = await db.hookDelivery.findFirst({
    where: { id: { in: [...ids] } },
    include: { deployment: { select: { id: true, number: true } } },
  });
  if (!row) return null;
  const { id, verdict, reason, params, deployment } = row;
  return { id, verdict: verdict as Verdict["verdict"], reason, params: ProblemParams.parse(params), deployment };
}
