import { totalmem } from "node:os";
import type { HealthChecks, HealthReport, HealthStatus } from "@/lib/contracts/health";
import { env } from "@/lib/platform/env";
import { VERSION } from "@/lib/platform/version";
import type { HealthSnapshot } from "./monitor";

const MEGABYTE = 1024 * 1024;

/** Host names, paths and numbers are only for signed-in users; the status is public. */
export function healthReport({ checks, ssh }: HealthSnapshot, withDetails: boolean): HealthReport {
  return {
    status: healthStatus(checks),
    timestamp: new Date().toISOString(),
    uptime: Math.round(process.uptime()),
    version: VERSION,
    environment: env.NODE_ENV,
    memory: { used: toMegabytes(process.memoryUsage.rss()), total: toMegabytes(totalmem()), unit: "MB" },
    ssh_status: ssh,
    registry_status: registryStatus(checks),
    features: {
      productionClient: true,
      retryLogic: true,
      circuitBreaker: true,
      autoRollback: true,
      healthVerification: true,
    },
    checks: withDetails ? checks : withoutDetails(checks),
  };
}

/** Without its database Landfall can do nothing. Any other failure leaves some of it working. */
export function healthStatus(checks: HealthChecks): HealthStatus {
  if (checks.database.status === "failed") return "unhealthy";
  const wrong = Object.values(checks).some(({ status }) => status === "failed" || status === "warning");
  return wrong || checks.dokploy.circuit === "open" ? "degraded" : "healthy";
}

function registryStatus({ registry }: HealthChecks): HealthReport["registry_status"] {
  // The built-in Registry is part of the console.
  return !env.REGISTRY_URL || registry.status === "ok" ? "reachable" : "unreachable";
}

function withoutDetails(checks: HealthChecks): HealthChecks {
  const { database, queue, workers, targets, registry, dokploy, disk } = checks;
  return {
    database: { status: database.status },
    queue: { status: queue.status },
    workers: { status: workers.status },
    targets: { status: targets.status },
    registry: { status: registry.status },
    dokploy: { status: dokploy.status, circuit: dokploy.circuit },
    disk: { status: disk.status },
  };
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / MEGABYTE);
}
