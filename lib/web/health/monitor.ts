import type { Check, HealthChecks } from "@/lib/contracts/health";
import { log } from "@/lib/platform/log";
import {
  checkDatabase,
  checkDisk,
  checkDokploy,
  checkQueue,
  checkRegistry,
  checkSshTargets,
  checkTargets,
  checkWorkers,
} from "./checks";

/**
 * The health page must answer in 100 ms, most of all when something is wrong. So nothing is asked while a request
 * waits: the checks run here, again and again, and a request reads what they found last.
 */
const INTERVAL_MS = 5_000;
const CHECK_TIMEOUT_MS = 3_000;
/** What it finds takes the web server out of a proxy's rotation: on a machine that is only busy that would be worse. */
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
// Next loads a module once per route bundle; there is one monitor per process all the same.
const shared = globalThis as { landfallHealth?: Monitor };

/** Starts looking, once per process. */
export function startHealthMonitor(): void {
  monitor();
}

/** What was found last. Only the very first question of a process waits, and never longer than `patienceMs`. */
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
    setTimeout(round, INTERVAL_MS).unref();
  };
  made.firstRound = round();
  return made;
}

/** One round of all checks at once; each has its own time limit. What hangs or fails is a finding, not an error. */
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
