import { expect, test } from "vitest";
import type { DeploymentState } from "@/lib/contracts/deployment";
import { HealthCheck } from "@/lib/contracts/health-check";
import { HOST_PHASES } from "@/lib/contracts/phase";
import { sentencesIn } from "../sentences";
import { DeployerJob } from "./deployer";
import { type DeploymentRecord, deployerJob } from "./deployer-job";

const at = "2026-11-20T14:02:11.000Z";
type Phase = DeploymentRecord["phases"][number];

function aPhase(key: Phase["key"], change: Partial<Phase> = {}): Phase {
  return {
    key,
    status: "succeeded",
    startedAt: at,
    finishedAt: at,
    durationMs: 1_234,
    detail: null,
    problem: null,
    ...change,
  };
}

function aRecord(change: Partial<DeploymentRecord> = {}): DeploymentRecord {
  return {
    id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
    state: "succeeded",
    spec: {
      serviceName: "shop",
      driver: "process",
      source: { kind: "folder", path: "/srv/shop" },
      settings: {},
      port: 4100,
      healthPath: "/health",
      health: HealthCheck.parse({}),
      domain: null,
      volumes: [],
      dropletId: 7,
      autoRegister: true,
      environmentRevisionId: null,
    },
    url: "http://localhost:4100",
    queuedAt: "2026-11-20T14:02:10.000Z",
    startedAt: at,
    finishedAt: at,
    durationMs: 7_040,
    problem: null,
    phases: HOST_PHASES.map((key) => aPhase(key)),
    registration: {
      dropletId: 7,
      name: "shop",
      endpoint: "http://localhost:4100",
      registeredAt: at,
      response: { droplet: { id: 7 } },
    },
    ...change,
  };
}
const jobOf = async (change?: Partial<DeploymentRecord>) =>
  DeployerJob.strict().parse(deployerJob(aRecord(change), await sentencesIn("en")));

test("a finished job has the documented fields, six phases by their titles, and seconds", async () => {
  const job = await jobOf();
  expect(job).toMatchObject({
    deploy_job_id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
    service_name: "shop",
    service_path: "/srv/shop",
    status: "completed",
    droplet_id: 7,
    service_port: 4100,
    service_url: "http://localhost:4100",
    deployment_method: "process",
    registration: {
      droplet_id: 7,
      service_name: "shop",
      endpoint: "http://localhost:4100",
      registered_at: at,
      registry_response: { droplet: { id: 7 } },
    },
    started_at: at,
    completed_at: at,
    duration_seconds: 7,
    verification_job_id: null,
    success: true,
    error: null,
  });
  expect(job.phases.map(({ phase }) => phase)).toEqual([
    "Validation",
    "Transfer",
    "Build",
    "Start Service",
    "Verify Health",
    "Register",
  ]);
  expect(job.phases[0]).toEqual({
    phase: "Validation",
    status: "success",
    started_at: at,
    completed_at: at,
    duration_seconds: 1,
    details: "",
    error: null,
  });
});

test.each<[DeploymentState, string, boolean]>([
  ["queued", "pending", false],
  ["running", "running", false],
  ["undoing", "running", false],
  ["succeeded", "completed", true],
  ["failed", "failed", false],
  ["cancelled", "failed", false],
  ["stuck", "failed", false],
])("%s is %s", async (state, status, success) => {
  expect(await jobOf({ state })).toMatchObject({ status, success });
});

test("a failed job says why, at the phase and as a whole, and what never began is skipped", async () => {
  const problem = { code: "health-failed", params: {}, detail: "HTTP 500" } as const;
  const phases = [
    aPhase("transfer", { status: "undone" }),
    aPhase("verify", { status: "failed", problem }),
    aPhase("register", { status: "pending", startedAt: null, finishedAt: null, durationMs: null }),
  ];
  const job = await jobOf({ state: "failed", problem, phases, registration: null });
  expect(job.phases.map(({ status }) => status)).toEqual(["success", "failed", "skipped"]);
  expect(job.phases[1]?.error).toMatch(/health check.* \(HTTP 500\)$/);
  expect(job.error).toBe(job.phases[1]?.error);
  expect(job.registration).toBeNull();
});

test("while it runs, what did not begin yet is pending", async () => {
  const { phases } = await jobOf({
    state: "running",
    phases: [aPhase("register", { status: "pending", durationMs: null })],
  });
  expect(phases[0]).toMatchObject({ status: "pending", duration_seconds: null });
});

test("while it waits it has the types that its readers expect", async () => {
  const job = await jobOf({ state: "queued", startedAt: null, finishedAt: null, durationMs: null });
  expect(job).toMatchObject({ started_at: "2026-11-20T14:02:10.000Z", completed_at: null, duration_seconds: null });
});

test("an id of the client's own comes back with its job", async () => {
  const { spec } = aRecord();
  expect((await jobOf({ spec: { ...spec, clientJobId: "v-17" } })).verification_job_id).toBe("v-17");
});
