import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { HOST_PHASES } from "@/lib/contracts/phase";
import { aUser } from "@/lib/domain/users/test-people";
import { aLocalTarget } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { asToken } from "@/lib/web/auth/test-callers";
import { DeployerJob } from "@/lib/web/http/shapes/deployer";
import { call } from "@/lib/web/http/test-call";
import { POST as rollBack } from "./[jobId]/rollback/route";
import { GET as readJob } from "./[jobId]/route";
import { GET as readHistory } from "./history/[serviceName]/route";
import { POST as deploy } from "./route";

process.env.RATE_LIMIT_RPM = "10000";
process.env.LANDFALL_LOG_LEVEL = "silent";

let ana: Record<string, string>;
let ben: Record<string, string>;
let viewer: Record<string, string>;
let path: string;

beforeAll(async () => {
  const { dataDir } = await testDatabase();
  path = join(dataDir, "sources", "app");
  process.env.LANDFALL_SOURCE_ROOTS = join(dataDir, "sources");
  await mkdir(path, { recursive: true });
  await aLocalTarget();
  await ensureDeploymentQueue(await queue(), ANY_WORKER);
  [ana, ben, viewer] = [
    await asToken(await aUser("member")),
    await asToken(await aUser("member")),
    await asToken(await aUser("viewer")),
  ];
});
beforeEach(async () => {
  await db.idempotencyKey.deleteMany();
  await db.deployment.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null, currentReleaseId: null } });
  await db.release.deleteMany();
  await db.service.deleteMany();
});

const request = (change: object = {}) => ({
  service_path: path,
  service_name: "shop",
  service_port: 4100,
  deployment_method: "process",
  ...change,
});
const post = (body: unknown, headers = ana) => call(deploy, { method: "POST", path: "/deploy", headers, body });
const jobOf = (jobId: string, headers = ana) => call(readJob, { headers, params: { jobId } });
const historyOf = (serviceName: string, headers = ana) => call(readHistory, { headers, params: { serviceName } });
const rollback = (jobId: string, headers = ana) => call(rollBack, { method: "POST", headers, params: { jobId } });
const fieldsOf = (body: { fields: { path: string[]; code: string }[] }) =>
  Object.fromEntries(body.fields.map(({ path: field, code }) => [field.join("."), code]));
const written = async () => [await db.service.count(), await db.deployment.count()];

test("a request is accepted with the documented body, and its job waits with six phases by their titles", async () => {
  const { status, body, headers } = await post(request({ droplet_id: 12, environment_vars: { A: "1" } }));
  expect(status).toBe(202);
  expect(body).toEqual({
    deploy_job_id: expect.any(String),
    service_name: "shop",
    status: "pending",
    created_at: expect.any(String),
  });
  expect(headers.get("location")).toBe(`/deploy/${body.deploy_job_id}`);

  const job = await jobOf(body.deploy_job_id);
  expect(job.status).toBe(200);
  expect(DeployerJob.strict().parse(job.body)).toMatchObject({
    service_path: path,
    status: "pending",
    droplet_id: 12,
    service_port: 4100,
    deployment_method: "process",
    registration: null,
    started_at: expect.any(String),
    success: false,
    error: null,
  });
  const titles = ["Validation", "Transfer", "Build", "Start Service", "Verify Health", "Register"];
  expect(job.body.phases.map(({ phase, status }: { phase: string; status: string }) => [phase, status])).toEqual(
    titles.map((title) => [title, "pending"]),
  );
  expect(await db.deployment.findFirst()).toMatchObject({ trigger: "deployer" });
});

test("a second request changes the service of that name and deploys it again; history has both, newest first", async () => {
  const first = await post(request({ environment_vars: { A: "1", B: "2" } }));
  const second = await post(request({ service_port: 4200, environment_vars: { C: "3" } }));
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(await db.service.findMany({ include: { environmentRevision: true } })).toMatchObject([
    { port: 4200, environmentRevision: { names: ["C"], number: 2 } },
  ]);
  const history = await historyOf("shop");
  expect(history.body.map((job: DeployerJob) => [job.deploy_job_id, job.service_port])).toEqual([
    [second.body.deploy_job_id, 4200],
    [first.body.deploy_job_id, 4100],
  ]);
});

test("every wrong field is named at once, whoever found it, and nothing is written", async () => {
  await post(request({ service_name: "holder", service_port: 4500 }));
  const before = await written();
  const wrong = {
    service_path: "/etc",
    service_name: "Not A Label",
    service_port: 4500,
    deployment_method: "process",
    environment_vars: { "2BAD": "x", GOOD: 1 },
    droplet_id: "seven",
    target: "nowhere",
    extra: true,
  };
  const { status, body } = await post(wrong);
  expect([status, body.code]).toEqual([400, "invalid-request"]);
  expect(fieldsOf(body)).toEqual({
    service_path: "source-outside-roots",
    service_name: "not-a-dns-label",
    "environment_vars.2BAD": "not-an-identifier",
    "environment_vars.GOOD": "wrong-type",
    droplet_id: "wrong-type",
    target: "not-found",
    extra: "unknown-field",
  });
  for (const { message } of body.fields) expect(message).toMatch(/^[A-Z].*[.]$/);
  expect(await written()).toEqual(before);
});

test.each([
  ["a port out of range", { service_port: 70_000 }, { service_port: "too-high" }],
  ["a port that is text", { service_port: "4100" }, { service_port: "wrong-type" }],
  ["a path that is not whole", { service_path: "apps/shop" }, { service_path: "not-absolute" }],
  ["a folder that is not there", { service_path: "ROOT/none" }, { service_path: "source-missing" }],
  ["a method nobody knows", { deployment_method: "teleport" }, { deployment_method: "not-an-option" }],
  ["an unknown target", { target: "nowhere" }, { target: "not-found" }],
])("%s is 400 and names its field", async (_, change, expected) => {
  const { status, body } = await post(JSON.parse(JSON.stringify(request(change)).replace("ROOT", join(path, ".."))));
  expect([status, fieldsOf(body)]).toEqual([400, expected]);
  expect(body.detail).toEqual(expect.any(String));
  expect(await written()).toEqual([0, 0]);
});

test("a body of the stack shape is no service of the deployer's", async () => {
  const { status, body } = await post({ name: "mine" });
  expect([status, body.code, body.fields]).toEqual([409, "stacks-unconfigured", []]);
  expect(await written()).toEqual([0, 0]);
});

test.each([
  ["nothing", "", 400],
  ["half a body", '{"service_name": "shop"', 400],
  ["a list", "[]", 400],
  ["null", "null", 400],
  ["a name that JavaScript would lose", '{"__proto__": {"service_name": "shop"}}', 400],
  ["nesting without end", `{"environment_vars": ${"[".repeat(5_000)}${"]".repeat(5_000)}}`, 400],
  ["more than a megabyte", JSON.stringify({ service_path: "x".repeat(1_100_000) }), 413],
])("%s is refused", async (_, text, expected) => {
  const { status, body } = await call(deploy, { method: "POST", headers: ana, text });
  expect([status, body.status]).toEqual([expected, expected]);
  expect(await written()).toEqual([0, 0]);
});

test("a name or a port that somebody has is a conflict", async () => {
  await post(request());
  const name = await post(request({ service_port: 4200 }), ben);
  expect([name.status, name.body.code, fieldsOf(name.body)]).toEqual([
    409,
    "name-taken",
    { service_name: "name-taken" },
  ]);
  const port = await post(request({ service_name: "other" }), ben);
  expect([port.status, fieldsOf(port.body)]).toEqual([409, { service_port: "port-taken" }]);
  expect(await written()).toEqual([1, 1]);
});

test("a request needs a caller, and one who may deploy", async () => {
  expect((await post(request(), {})).status).toBe(401);
  expect((await post(request(), viewer)).status).toBe(403);
  expect(await written()).toEqual([0, 0]);
});

test("an idempotency key is one job; for another request it is refused before anything changed", async () => {
  const keyed = { ...ana, "idempotency-key": "once" };
  const [first, second] = [await post(request(), keyed), await post(request(), keyed)];
  expect(second.body).toEqual(first.body);
  const reused = await post(request({ service_port: 4300 }), keyed);
  expect([reused.status, reused.body.code]).toEqual([409, "idempotency-key-reused"]);
  expect((await db.service.findFirst())?.port).toBe(4100);
  expect(await written()).toEqual([1, 1]);
});

test("what is not there, or somebody else's, is 404", async () => {
  const { body } = await post(request());
  for (const id of ["not-an-id", "1", crypto.randomUUID(), `${body.deploy_job_id}0`]) {
    expect([(await jobOf(id)).status, (await rollback(id)).status]).toEqual([404, 404]);
  }
  expect([(await jobOf(body.deploy_job_id, ben)).status, (await rollback(body.deploy_job_id, ben)).status]).toEqual([
    404, 404,
  ]);
  expect((await jobOf(body.deploy_job_id, viewer)).status).toBe(200);
  for (const name of ["unknown", "Not A Name", "-"]) expect((await historyOf(name)).status).toBe(404);
  expect((await historyOf("shop", ben)).status).toBe(404);
});

test("without a previous version a rollback is 409; with one it is a job of its own", async () => {
  const { body } = await post(request());
  const refused = await rollback(body.deploy_job_id);
  expect([refused.status, refused.body.code]).toEqual([409, "no-previous-release"]);

  const second = await post(request({ service_port: 4200 }));
  const [older, newer] = [await serve(body.deploy_job_id, 1), await serve(second.body.deploy_job_id, 2)];
  const accepted = await rollback(second.body.deploy_job_id);
  expect(accepted.status).toBe(200);
  expect(accepted.body).toEqual({
    deploy_job_id: expect.any(String),
    service_name: "shop",
    status: "pending",
    created_at: expect.any(String),
  });
  const job = await db.deployment.findUniqueOrThrow({ where: { id: accepted.body.deploy_job_id } });
  expect(job).toMatchObject({ kind: "rollback", releaseId: older, previousReleaseId: newer, trigger: "deployer" });
  expect((await historyOf("shop")).body).toHaveLength(3);
  expect((await jobOf(accepted.body.deploy_job_id)).body.service_port).toBe(4100);
});

/** The state that a worker leaves: succeeded, registered, and its release is live. */
async function serve(jobId: string, number: number): Promise<string> {
  const { serviceId, targetId, spec, releaseId } = await db.deployment.findUniqueOrThrow({ where: { id: jobId } });
  const id = releaseId ?? expect.unreachable("a deploy makes a release");
  const now = new Date();
  const release = {
    id,
    serviceId,
    targetId,
    driver: "process",
    number,
    deploymentId: jobId,
    artifact: { directory: id },
    spec: spec ?? {},
    lastServedAt: now,
  };
  await db.release.create({ data: release });
  await db.service.update({ where: { id: serviceId }, data: { currentReleaseId: id } });
  await db.deployment.update({
    where: { id: jobId },
    data: { state: "succeeded", finishedAt: now, durationMs: 1_500, url: "http://localhost:4100" },
  });
  await db.phase.updateMany({ where: { deploymentId: jobId }, data: { status: "succeeded", durationMs: 250 } });
  return id;
}

test("a finished job tells its times in seconds and how it was registered", async () => {
  const { body } = await post(request());
  await serve(body.deploy_job_id, 1);
  const { id: serviceId } = await db.service.findFirstOrThrow();
  await db.registration.create({
    data: {
      name: "shop",
      serviceId,
      dropletId: 3,
      endpoint: "http://localhost:4100",
      registeredAt: new Date(),
      response: { success: true, droplet_id: 3 },
    },
  });
  const job = (await jobOf(body.deploy_job_id)).body as DeployerJob;
  expect(job).toMatchObject({
    status: "completed",
    success: true,
    droplet_id: 3,
    service_url: "http://localhost:4100",
    duration_seconds: 2,
    registration: {
      droplet_id: 3,
      service_name: "shop",
      endpoint: "http://localhost:4100",
      registry_response: { success: true, droplet_id: 3 },
    },
  });
  const elsewhere = await jobOf(body.deploy_job_id, { ...ana, host: "10.0.0.7:3000" });
  expect(elsewhere.body).toMatchObject({ service_url: "http://10.0.0.7:4100", registration: job.registration });
  expect(job.phases).toHaveLength(HOST_PHASES.length);
  expect(job.phases.every(({ status, duration_seconds }) => status === "success" && duration_seconds === 0)).toBe(true);
  await db.registration.deleteMany();
});

test.each(["docker", "systemd"])(
  "%s goes to the server there is, a second time as well, and process stays here",
  async (method) => {
    const login = {
      host: "10.0.0.4",
      port: 22,
      user: "root",
      key: { kind: "agent", keyType: null, fingerprint: null },
    };
    const settings = { ...login, base: "/srv", publicHost: null, jump: null };
    const server = await db.target.create({
      data: { name: "web-1", kind: "ssh", settings, grants: { audience: "everyone", sourceRoots: ["/"] } },
    });
    try {
      const body = request({ deployment_method: method });
      expect((await post(body)).status).toBe(202);
      const target = { select: { target: { select: { name: true } }, driver: true } } as const;
      expect(await db.service.findFirst(target)).toEqual({ target: { name: "web-1" }, driver: method });
      expect((await post(body)).status).toBe(202);
      expect((await post(request({ service_name: "here" }))).status).toBe(202);
      const here = await db.service.findFirst({ where: { name: "here" }, ...target });
      expect(here?.target.name).toBe("this-machine");
      // A free name with a port that is taken on the server, not here.
      const taken = await post(request({ service_name: "other", deployment_method: method }));
      expect([taken.status, fieldsOf(taken.body)]).toEqual([409, { service_port: "port-taken" }]);
    } finally {
      await db.deployment.deleteMany();
      await db.service.deleteMany();
      await db.target.delete({ where: { id: server.id } });
    }
  },
);
