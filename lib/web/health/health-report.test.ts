import { expect, test } from "vitest";
import { type CheckStatus, type HealthChecks, HealthReport } from "@/lib/contracts/health";
import { healthReport, healthStatus } from "./health-report";

process.env.DATABASE_URL = "postgresql://nowhere/none";
process.env.LANDFALL_SECRET_KEY = "ab".repeat(32);

const check = (status: CheckStatus) => ({ status, details: { host: "10.0.0.4", path: "/srv/secret" } });
const ALL_WELL: HealthChecks = {
  database: check("ok"),
  queue: check("ok"),
  workers: check("ok"),
  targets: check("ok"),
  registry: check("ok"),
  dokploy: { ...check("ok"), circuit: "closed" },
  disk: check("ok"),
};

test.each<[string, Partial<HealthChecks>, string]>([
  ["all is well", {}, "healthy"],
  [
    "the database is away",
    { database: check("failed"), queue: check("unknown"), workers: check("unknown") },
    "unhealthy",
  ],
  ["no worker lives", { workers: check("failed") }, "degraded"],
  ["a target does not answer", { targets: check("warning") }, "degraded"],
  ["the Registry is down", { registry: check("failed") }, "degraded"],
  ["the disk is nearly full", { disk: check("warning") }, "degraded"],
  ["a circuit is open", { dokploy: { status: "ok", circuit: "open" } }, "degraded"],
  ["nothing was looked at yet", { database: check("unknown") }, "healthy"],
])("when %s", (_, found, status) => {
  expect(healthStatus({ ...ALL_WELL, ...found })).toBe(status);
});

test("a stranger learns whether it works, and no address, path or number", () => {
  const snapshot = { checks: ALL_WELL, ssh: "not_configured" as const };
  const stranger = healthReport(snapshot, false);
  expect(JSON.stringify(stranger)).not.toMatch(/10\.0\.0\.4|secret/);
  expect(HealthReport.parse(stranger)).toEqual(stranger);
  expect(healthReport(snapshot, true).checks.disk.details).toEqual({ host: "10.0.0.4", path: "/srv/secret" });
});

test("the shape that clients know", () => {
  const report = healthReport({ checks: ALL_WELL, ssh: "connected" }, false);
  expect(report).toMatchObject({
    status: "healthy",
    memory: { unit: "MB" },
    ssh_status: "connected",
    registry_status: "reachable",
    features: {
      productionClient: true,
      retryLogic: true,
      circuitBreaker: true,
      autoRollback: true,
      healthVerification: true,
    },
  });
  expect(report.memory.used).toBeGreaterThan(0);
});
