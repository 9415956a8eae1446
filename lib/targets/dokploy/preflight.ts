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
import { failedCheck } from "../kind";

export interface PreflightOf {
  name: string;
  url: string;
  apiKey: Secret;
  /** The domain suffixes of the stacks there. */
  suffixes: readonly string[];
  /** Do names of services resolve to their containers, instead of to a virtual IP? */
  isDirect: boolean;
}

type Step = PreflightStep["step"];
type Passed = Pick<PreflightStep, "detail"> & { warning?: Problem };
interface Preflight {
  dokploy: DokployCalls;
  isDirect: boolean;
  suffixes: readonly string[];
  version: DokployVersion | null;
  latencyMs: number | null;
}

const TRIES = 2;
const TRY_TIMEOUT_MS = 5_000;
/** When one of these fails, the later steps are skipped. */
const BLOCKING: readonly Step[] = ["reachable", "key", "limit"];

/**
 * Checks everything that stacks on a Dokploy server depend on, step by step, and answers what to fix. Its client is not
 * shared, so that a circuit that deployments opened does not fail the check.
 */
export async function preflightDokploy({ suffixes, isDirect, ...server }: PreflightOf): Promise<TargetCheck> {
  const dokploy = openDokploy({ ...server, tries: TRIES, timeoutMs: TRY_TIMEOUT_MS, keyPatienceMs: 0 });
  const run: Preflight = { dokploy, suffixes, isDirect, version: null, latencyMs: null };
  const preflight: PreflightStep[] = [];
  let isBlocked = false;
  for (const step of PREFLIGHT_STEPS) {
    const result: PreflightStep = isBlocked ? skipped(step) : await runStep(step, run);
    isBlocked ||= result.status === "failed" && BLOCKING.includes(step);
    preflight.push(result);
  }
  const problem = preflight.find(({ status }) => status === "failed")?.problem ?? null;
  const unread = failedCheck({ code: "internal", params: {} });
  return {
    ...unread,
    ok: problem === null,
    latencyMs: run.latencyMs,
    version: run.version?.text ?? null,
    preflight,
    problem,
  };
}

async function runStep(step: Step, run: Preflight): Promise<PreflightStep> {
  try {
    const passed = await STEPS[step](run);
    if (passed === null) return skipped(step);
    const { detail, warning } = passed;
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
  log.warn({ err: error }, "a Dokploy server could not be checked");
  return new Problem("internal").toData();
}

/** A step answers null where there is nothing to check, and throws the problem to fix. */
const STEPS: Record<Step, (run: Preflight) => Promise<Passed | null>> = {
  reachable: async (run) => {
    const startedMs = performance.now();
    await askVersion(run).catch(unless((problem) => problem.code === "platform-key-refused" || isTooOld(problem)));
    run.latencyMs = Math.round(performance.now() - startedMs);
    return { detail: `${run.latencyMs} ms` };
  },
  key: async (run) => {
    await askVersion(run).catch(unless(isTooOld));
    return { detail: null };
  },
  /** The API does not report a key's rate limit. A deployment's number of calls in a short time reveals one. */
  limit: async ({ dokploy }) => {
    try {
      for (let round = 0; round < LIMIT_ROUNDS; round += 1)
        await Promise.all(Array.from({ length: AT_ONCE }, () => dokploy.role()));
    } catch (error) {
      // The step before has shown that the key is valid.
      const isLimited = error instanceof Problem && error.code === "platform-key-refused";
      throw isLimited ? new Problem("platform-key-limited") : error;
    }
    return { detail: String(LIMIT_ROUNDS * AT_ONCE) };
  },
  version: async (run) => {
    const { text, isTested } = await askVersion(run);
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

/** The server counts each call twice, so that 40 calls exceed a limit of 60 a minute. */
const LIMIT_ROUNDS = 5;
const AT_ONCE = 8;

async function askVersion(run: Preflight): Promise<DokployVersion> {
  run.version ??= await run.dokploy.version();
  return run.version;
}

/** The server answers and accepts the key. Its version is the subject of a later step. */
function isTooOld({ code, params }: Problem): boolean {
  return code === "platform-unsupported" && params.version !== undefined;
}

function unless(isExpected: (problem: Problem) => boolean) {
  return (error: unknown): null => {
    if (error instanceof Problem && isExpected(error)) return null;
    throw error;
  };
}

/** A random name resolves only under a wildcard record. Names under `localhost` always mean this machine. */
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
