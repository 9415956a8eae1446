import { authorize } from "@/lib/contracts/authorize";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck, TargetKind, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace } from "@/lib/drivers/driver";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { toDokployTarget } from "./dokploy-target";
import { hostPlaceOf } from "./place";
import { preflightDokploy } from "./preflight-dokploy";
import { probeHost } from "./probe-host";
import { CHECK_EVERY_MS, failedCheck } from "./target-check";
import type { TargetRow } from "./target-row";
import { claimServersToCheck, findTarget, findTargetRow, listDomainSuffixes, saveTargetCheck } from "./target-store";

/** Servers checked concurrently: each is mostly waiting. */
const AT_ONCE = 8;

/** Checks the target now and stores the result. */
export async function checkTarget(name: string, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const check = await lookAtTarget(target);
  await transaction(async (tx) => {
    await saveTargetCheck(tx, target, check);
    await audit(tx, actor, "target.check", { type: "target", id: target.id, name }, { ok: check.ok });
  });
  const checked = await findTarget(name, actor);
  if (!checked) throw new Problem("not-found");
  return checked;
}

/** The same check without a person who requested it, and so without an audit row. */
export async function refreshTargetCheck(name: string): Promise<void> {
  const target = await findTargetRow(name);
  if (target) await refresh(target);
}

/** Checks every server that is due. Several workers may do so concurrently: each server is checked by one of them. */
export async function checkServersThatAreDue(stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const due = await claimServersToCheck(new Date(Date.now() - CHECK_EVERY_MS), AT_ONCE);
    if (due.length === 0) return;
    await Promise.all(due.map(refresh));
  }
}

async function refresh(target: TargetRow): Promise<void> {
  const check = await lookAtTarget(target);
  await transaction((tx) => saveTargetCheck(tx, target, check));
}

type Look = (target: TargetRow) => Promise<TargetCheck>;

const host: Look = (target) => lookAtHost(() => hostPlaceOf(target));

const dokploy: Look = async (target) => {
  const read = toDokployTarget(target);
  if (!read || read.settings.goneAt !== null) return failedCheck({ code: "target-unset", params: {} });
  return preflightDokploy({
    name: target.name,
    url: read.settings.url,
    apiKey: read.secrets.apiKey,
    suffixes: await listDomainSuffixes(target.id),
    isDirect: read.settings.endpointMode === "dnsrr",
  });
};

const LOOKS: Record<TargetKind, Look> = { local: host, ssh: host, dokploy };

/** Checks a target of any kind. A target that does not answer is a result, not an error. */
function lookAtTarget(target: TargetRow): Promise<TargetCheck> {
  return LOOKS[target.kind](target);
}

/** Checks a host. A host that does not answer is a result, not an error. */
export async function lookAtHost(open: () => Promise<HostPlace>): Promise<TargetCheck> {
  let place: HostPlace | undefined;
  try {
    place = await open();
    return await probeHost(place);
  } catch (error) {
    return failedCheck(causeOf(error));
  } finally {
    await place?.host.close();
  }
}

function causeOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a host could not be looked at");
  return { code: "internal", params: {}, detail: error instanceof Error ? error.message : String(error) };
}
