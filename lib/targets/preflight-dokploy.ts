import { randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import { PREFLIGHT_STEPS, type PreflightStep } from "@/lib/contracts/dokploy";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";
import { openDokploy } from "@/lib/drivers/dokploy/client/client";
import type { DokployCalls, DokployVersion } from "@/lib/drivers/dokploy/client/types";
import { NEWEST_TESTED } from "@/lib/drivers/dokploy/client/version";
import { orIfForbidden } from "@/lib/drivers/dokploy/tasks";
import { log } from "@/lib/platform/log";
import type { Secret } from "@/lib/platform/secrets/secret";
import { failedCheck } from "./target-check";

export interface PreflightOf {
  name: string;
  url: string;
  apiKey: Secret;
  /** Of the domains that stacks get there. */
  suffixes: readonly string[];
  /** Do names of services lead to their containers there? */
  isDirect: boolean;
}

type Step = PreflightStep["step"];
type Seen = Pick<PreflightStep, "detail"> & { warning?: Problem };
interface Flight {
  dokploy: DokployCalls;
  isDirect: boolean;
  suffixes: readonly string[];
  version: DokployVersion | null;
  latencyMs: number | null;
}

const TRIES = 2;
const TRY_TIMEOUT_MS = 5_000;
/** What they end with makes the rest pointless. */
const BLOCKING: readonly Step[] = ["reachable", "key", "limit"];

/**
 * Looks at everything that stacks on a Dokploy server depend on, in order, and says of each what to mend. With a client
 * of its own: an open circuit is what deployments learned, and a look is there to see for itself.
 */
export async function preflightDokploy({ suffixes, isDirect, ...server }: PreflightOf): Promise<TargetCheck> {
  const dokploy = openDokploy({ ...server, tries: TRIES, timeoutMs: TRY_TIMEOUT_MS, keyPatienceMs: 0 });
  const flight: Flight = { dokploy, suffixes, isDirect, version: null, latencyMs: null };
  const preflight: PreflightStep[] = [];
  let isBlocked = false;
  for (const step of PREFLIGHT_STEPS) {
    const seen: PreflightStep = isBlocked ? skipped(step) : await take(step, flight);
    isBlocked ||= seen.status === "failed" && BLOCKING.includes(step);
    preflight.push(seen);
  }
  const problem = preflight.find(({ status }) => status === "failed")?.problem ?? null;
  const none = failedCheck({ code: "internal", params: {} });
  return {
    ...none,
    ok: problem === null,
    latencyMs: flight.latencyMs,
    version: flight.version?.text ?? null,
    preflight,
    problem,
  };
}

async function take(step: Step, flight: Flight): Promise<PreflightStep> {
  try {
    const seen = await STEPS[step](flight);
    if (seen === null) return skipped(step);
    const { detail, warning } = seen;
    return { step, status: warning ? "warning" : "ok", detail, problem: warning?.toData() ?? null };
  } catch (error) {
    return { step, status: "failed", detail: null, problem: causeOf(error) };
  }
}

function skipped(step: Step): PreflightStep {
  return { step, status: "skipped", detail: null, problem: null };
}

function causeOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a Dokploy server could not be looked at");
  return new Problem("internal").toData();
}

/** Null where there is nothing to look at. */
const STEPS: Record<Step, (flight: Flight) => Promise<Seen | null>> = {
  reachable: async (flight) => {
    const startedMs = performance.now();
    await askVersion(flight).catch(unless((problem) => problem.code === "platform-key-refused" || isTooOld(problem)));
    flight.latencyMs = Math.round(performance.now() - startedMs);
    return { detail: `${flight.latencyMs} ms` };
  },
  key: async (flight) => {
    await askVersion(flight).catch(unless(isTooOld));
    return { detail: null };
  },
  /** The server tells of no limit: as many calls as a deployment makes, close together, show whether there is one. */
  limit: async ({ dokploy }) => {
    try {
      for (let round = 0; round < LIMIT_ROUNDS; round += 1)
        await Promise.all(Array.from({ length: AT_ONCE }, () => dokploy.role()));
    } catch (error) {
      // It was good a moment ago.
      const isLimited = error instanceof Problem && error.code === "platform-key-refused";
      throw isLimited ? new Problem("platform-key-limited") : error;
    }
    return { detail: String(LIMIT_ROUNDS * AT_ONCE) };
  },
  version: async (flight) => {
    const { text, isTested } = await askVersion(flight);
    const warning = isTested
      ? undefined
      : new Problem("platform-untested", { params: { version: text, newest: NEWEST_TESTED } });
    return { detail: text, ...(warning && { warning }) };
  },
  rights: async ({ dokploy }) => {
    const role = await dokploy.role();
    if (role !== "owner" && role !== "admin")
      throw new Problem("platform-forbidden", { detail: `role: ${role.slice(0, 40)}` });
    return { detail: role };
  },
  docker: async ({ dokploy }) => {
    await dokploy.listTasks("landfall-preflight");
    return { detail: null };
  },
  network: async ({ dokploy, isDirect }) => {
    if (isDirect) return { detail: "dnsrr" };
    const hasVirtualIps = await orIfForbidden(dokploy.hasVirtualIps(), null);
    if (hasVirtualIps === null) return null;
    return hasVirtualIps ? { detail: "vip" } : { detail: "vip", warning: new Problem("platform-no-ipvs") };
  },
  domain: async ({ suffixes }) => {
    const addresses = await Promise.all(suffixes.map(resolveUnder));
    return addresses.length === 0 ? null : { detail: addresses.join(", ") };
  },
};

/** Each call counts twice: a limit of 60 a minute shows as well. */
const LIMIT_ROUNDS = 5;
const AT_ONCE = 8;

async function askVersion(flight: Flight): Promise<DokployVersion> {
  flight.version ??= await flight.dokploy.version();
  return flight.version;
}

/** It answers, and lets the key in: what it says of itself is the version's step. */
function isTooOld({ code, params }: Problem): boolean {
  return code === "platform-unsupported" && params.version !== undefined;
}

function unless(isExpected: (problem: Problem) => boolean) {
  return (error: unknown): null => {
    if (error instanceof Problem && isExpected(error)) return null;
    throw error;
  };
}

/** A name that nobody made resolves only where every name does. Names under `localhost` are always this machine's. */
async function resolveUnder(suffix: string): Promise<string> {
  if (/(^|\.)localhost$/.test(suffix)) return `*.${suffix}: 127.0.0.1`;
  const domain = `landfall-${randomUUID().slice(0, 8)}.${suffix}`;
  try {
    const { address } = await lookup(domain);
    return `*.${suffix}: ${address}`;
  } catch (cause) {
    throw new Problem("domain-unresolved", { params: { domain: `*.${suffix}`, suffix }, cause });
  }
}
