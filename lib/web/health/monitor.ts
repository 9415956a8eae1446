import { statfs } from "node:fs/promises";
import type { Check, HealthChecks } from "@/lib/contracts/health";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { currentRegistry } from "@/lib/registry/current-registry";
import { CHECK_EVERY_MS } from "@/lib/targets/check-target";
import { circuitOf } from "@/lib/targets/circuit-store";
import { kindOf } from "@/lib/targets/registry";

/**
 * The health page must respond in 100 ms, above all during a failure. So no check runs during a request: the checks run
 * here repeatedly, and a request reads the latest results.
 */
const INTERVAL_MS = 5_000;
const CHECK_TIMEOUT_MS = 3_000;
/** Its failure takes the web server out of a proxy's rotation: worse, if the machine is only busy. */
const DATABASE_TIMEOUT_MS = 10_000;

export interface HealthSnapshot {
  checks: HealthChecks;
  ssh: "connected" | "disconnected" | "not_configured";
}

const UNKNOWN: Check = { status: "unknown" };
const UNKNOWN_CIRCUIT = { status: "unknown", circuit: "closed" } as const;
const NOTHING_YET: HealthSnapshot = {
  checks: {
    database: UNKNOWN,
    queue: UNKNOWN,
    workers: UNKNOWN,
    targets: UNKNOWN,
    registry: UNKNOWN,
    dokploy: UNKNOWN_CIRCUIT,
    disk: UNKNOWN,
  },
  ssh: "not_configured",
};

interface Monitor {
  latest: HealthSnapshot;
  firstRound: Promise<void>;
}
// Next loads a module once per route bundle, so the monitor is shared through globalThis.
const shared = globalThis as { landfallHealth?: Monitor };

/** Starts the checks, once per process. */
export function startHealthMonitor(): void {
  monitor();
}

/** The latest results. Only the first call of a process waits, at most `patienceMs`. */
export async function healthSnapshot(patienceMs = 50): Promise<HealthSnapshot> {
  const { firstRound } = monitor();
  await Promise.race([firstRound, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
  return monitor().latest;
}

function monitor(): Monitor {
  shared.landfallHealth ??= start();
  return shared.landfallHealth;
}

function start(): Monitor {
  const made: Monitor = { latest: NOTHING_YET, firstRound: Promise.resolve() };
  const round = async () => {
    made.latest = await look();
    setTimeout(() => shared.landfallHealth === made && round(), INTERVAL_MS).unref(); // another one may be in its place
  };
  made.firstRound = round();
  return made;
}

/** Runs all checks concurrently, each with a timeout. A check that hangs or fails is a result, not an error. */
export async function look(): Promise<HealthSnapshot> {
  const database = await within(checkDatabase, DATABASE_TIMEOUT_MS);
  const isThere = database.status === "ok";
  const [queue, workers, targets, dokploy, registry, disk, ssh] = await Promise.all([
    isThere ? within(checkQueue) : UNKNOWN,
    isThere ? within(checkWorkers) : UNKNOWN,
    isThere ? within(checkTargets) : UNKNOWN,
    isThere ? within(checkDokploy) : UNKNOWN,
    within(checkRegistry),
    within(checkDisk),
    isThere ? checkSshTargets().catch(() => "disconnected" as const) : ("not_configured" as const),
  ]);
  const checks = { database, queue, workers, targets, registry, dokploy: { ...UNKNOWN_CIRCUIT, ...dokploy }, disk };
  return { checks, ssh };
}

async function within<Found extends Check>(
  check: (signal: AbortSignal) => Promise<Found>,
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<Found | Check> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<Check>((resolve) => {
    signal.addEventListener("abort", () => resolve({ status: "failed", details: { timeoutMs } }), { once: true });
  });
  const found = check(signal).catch((error: unknown): Check => {
    log.debug({ err: error, check: check.name }, "a health check failed");
    return { status: "failed" };
  });
  return Promise.race([found, late]);
}

const BACKLOG_WARNING_S = 300;
/** Workers check more than three times in this period. */
const STALE_AFTER_MS = 3.5 * CHECK_EVERY_MS;
const DISK_WARNING_BYTES = 1024 ** 3;
const DISK_WARNING_SHARE = 0.05;

async function checkDatabase(): Promise<Check> {
  const startedMs = performance.now();
  await db.$queryRaw`SELECT 1`;
  return { status: "ok", details: { milliseconds: Math.round(performance.now() - startedMs) } };
}

/** Queued deployments. Many are fine; a long wait means that no worker takes them. */
async function checkQueue(): Promise<Check> {
  const [waiting, oldest] = await Promise.all([
    db.deployment.count({ where: { state: "queued" } }),
    db.deployment.findFirst({ where: { state: "queued" }, orderBy: { id: "asc" }, select: { queuedAt: true } }),
  ]);
  const oldestSeconds = oldest ? Math.round((Date.now() - oldest.queuedAt.getTime()) / 1_000) : 0;
  return { status: oldestSeconds > BACKLOG_WARNING_S ? "warning" : "ok", details: { waiting, oldestSeconds } };
}

async function checkWorkers(): Promise<Check> {
  const alive = await db.process.findMany({
    where: { role: "worker", seenAt: { gt: new Date(Date.now() - PROCESS_GONE_MS) } },
    select: { host: true, pid: true, version: true },
    take: 100,
  });
  return { status: alive.length > 0 ? "ok" : "failed", details: { alive } };
}

/** The latest check of each target; targets are not contacted from here. */
async function checkTargets(): Promise<Check> {
  const targets = await readTargets();
  const named = (wanted: LastSeen) => targets.filter(({ seen }) => seen === wanted).map(({ name }) => name);
  const unreachable = named("failed");
  const stale = named("stale");
  return {
    status: unreachable.length + stale.length > 0 ? "warning" : "ok",
    details: { targets: targets.length, unreachable, stale },
  };
}

async function checkSshTargets(): Promise<"connected" | "disconnected" | "not_configured"> {
  const servers = (await readTargets()).filter((target) => kindOf(target).health === "servers");
  if (servers.length === 0) return "not_configured";
  return servers.every(({ seen }) => seen === "ok") ? "connected" : "disconnected";
}

/** `stale`: the last check succeeded, but is too old to say anything. */
type LastSeen = "ok" | "failed" | "stale" | "never";

interface LookedAt {
  name: string;
  kind: string;
  seen: LastSeen;
  circuitOpenUntil: Date | null;
}

async function readTargets(): Promise<LookedAt[]> {
  const targets = await db.target.findMany({
    where: { disabledAt: null, deletedAt: null },
    select: { name: true, kind: true, lastCheck: true, lastCheckAt: true, circuitOpenUntil: true },
    take: 1_000,
  });
  return targets.map(({ name, kind, lastCheck, lastCheckAt, circuitOpenUntil }) => ({
    name,
    kind,
    circuitOpenUntil,
    seen: seenOf(lastCheck, lastCheckAt),
  }));
}

function seenOf(lastCheck: unknown, at: Date | null): LastSeen {
  if (typeof lastCheck !== "object" || lastCheck === null || !("ok" in lastCheck)) return "never";
  if (lastCheck.ok !== true) return "failed";
  return at !== null && Date.now() - at.getTime() < STALE_AFTER_MS ? "ok" : "stale";
}

/** The worst circuit of all Dokploy servers, and the latest check of each. Without any server it is healthy. */
async function checkDokploy(): Promise<HealthChecks["dokploy"]> {
  const targets = (await readTargets()).filter((target) => kindOf(target).health === "platforms");
  const circuits = targets.map(circuitOf);
  const isIll = (target: (typeof targets)[number]) => target.seen === "failed" || circuitOf(target) === "open";
  const ill = targets.filter(isIll);
  const isAllIll = targets.length > 0 && ill.length === targets.length;
  const isWell = ill.length === 0 && targets.every(({ seen }) => seen !== "stale");
  return {
    status: isAllIll ? "failed" : isWell ? "ok" : "warning",
    circuit: WORST_FIRST.find((state) => circuits.includes(state)) ?? "closed",
    details: { targets: targets.length, ill: ill.map(({ name }) => name) },
  };
}

const WORST_FIRST = ["open", "half-open"] as const;

/** Checks an external Registry through the circuit of its announcements; the built-in one is our database. */
async function checkRegistry(signal: AbortSignal): Promise<Check> {
  const registry = currentRegistry();
  const up = await registry.isUp(signal);
  return { status: up ? "ok" : "failed", details: { registry: registry.address, circuit: registry.circuit } };
}

async function checkDisk(): Promise<Check> {
  const { bavail, blocks, bsize } = await statfs(env.LANDFALL_DATA_DIR);
  const freeBytes = bavail * bsize;
  const low = freeBytes < DISK_WARNING_BYTES || freeBytes < blocks * bsize * DISK_WARNING_SHARE;
  return {
    status: low ? "warning" : "ok",
    details: { path: env.LANDFALL_DATA_DIR, freeBytes, totalBytes: blocks * bsize },
  };
}
