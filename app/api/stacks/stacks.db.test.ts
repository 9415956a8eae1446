import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { aDokployTarget, aTemplate, removedStack } from "@/lib/domain/stacks/test-stacks";
import { aUser } from "@/lib/domain/users/test-people";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { aLocalTarget } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { asToken } from "@/lib/web/auth/test-callers";
import type { RouteHandler } from "@/lib/web/http/definition";
import { call } from "@/lib/web/http/test-call";
import { readEvents } from "@/lib/web/http/test-events";
import { GET as check } from "../check/[name]/route";
import { POST as deploy } from "../deploy/route";
import { GET as readDeployment } from "../deployment/[deploymentId]/route";
import { GET as readDocument } from "../openapi.json/route";
import { DELETE as remove } from "../stack/[name]/route";
import { GET as follow } from "../status/[deploymentId]/route";
import { POST as addTemplate } from "../templates/route";
import { GET as readStack } from "./[name]/route";
import { GET as readOffers } from "./offers/route";
import { GET as list } from "./route";

process.env.RATE_LIMIT_RPM = "10000";

type Person = Awaited<ReturnType<typeof aUser>>;
let ana: Record<string, string>;
let ben: Record<string, string>;
let admin: Record<string, string>;
let anaHerself: Person;
let path: string;

beforeAll(async () => {
  const { dataDir } = await testDatabase();
  path = join(dataDir, "sources", "app");
  process.env.LANDFALL_SOURCE_ROOTS = join(dataDir, "sources");
  await mkdir(path, { recursive: true });
  anaHerself = await aUser("member");
  ana = await asToken(anaHerself);
  ben = await asToken(await aUser("member"));
  admin = await asToken(await aUser("admin"));
});
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE service, target, stack_template, idempotency_key CASCADE`;
  await aLocalTarget();
  await aDokployTarget();
  await aTemplate();
});

const post = (body: unknown, headers = ana) => call(deploy, { method: "POST", path: "/api/deploy", headers, body });
const ask = (name: string, headers: Record<string, string> = {}) => call(check, { params: { name }, headers });
const get = (handler: RouteHandler, params: Record<string, string>, headers = ana, address = "/api/x") =>
  call(handler, { params, headers, path: address });
const removal = (name: string, headers = ana, query = "") =>
  call(remove, { method: "DELETE", path: `/api/stack/${name}${query}`, headers, params: { name } });
const fieldsOf = (body: { fields: { path: string[]; code: string }[] }) =>
  Object.fromEntries(body.fields.map(({ path: field, code }) => [field.join("."), code]));

test("a body with a name makes a stack, in the documented shape", async () => {
  const { status, body, headers } = await post({ name: "mine" });
  expect(status).toBe(202);
  expect(body).toEqual({
    success: true,
    deploymentId: expect.any(String),
    name: "mine",
    url: "https://mine.apps.example.com",
    status: "pending",
  });
  expect(headers.get("location")).toBe(`/api/deployment/${body.deploymentId}`);
  const { body: answered } = await get(readDeployment, { deploymentId: body.deploymentId });
  expect(answered).toEqual({
    success: true,
    deployment: {
      id: body.deploymentId,
      stackName: "mine",
      phase: "initializing",
      status: "pending",
      progress: 0,
      message: "Queued",
      url: "https://mine.apps.example.com",
      resources: { projectId: null, environmentId: null, applicationId: null, domainId: null },
      timestamps: { started: null, completed: null },
      logs: [],
    },
  });
});

test("the deployer's body goes on meaning a service, and wrong fields are named for what was meant", async () => {
  const service = { service_path: path, service_name: "shop", service_port: 4100, deployment_method: "process" };
  expect((await post(service)).body).toMatchObject({ deploy_job_id: expect.any(String), status: "pending" });
  expect(fieldsOf((await post({})).body)).toMatchObject({ service_name: "required", service_path: "required" });
  expect(fieldsOf((await post({ service_name: "shop", name: "mine" })).body)).toMatchObject({
    name: "unknown-field",
    service_path: "required",
  });
  const stack = await post({ name: "x", template: "gone", colour: "red" });
  expect([stack.status, stack.body.code, fieldsOf(stack.body)]).toEqual([
    400,
    "invalid-request",
    { name: "name-length", template: "not-found", colour: "unknown-field" },
  ]);
  expect(stack.body.fields[0].message).toBe("Use 3–20 characters.");
  expect(fieldsOf((await post({ name: 7 })).body)).toEqual({ name: "wrong-type" });
  expect(fieldsOf((await post({ name: "admin" })).body)).toEqual({ name: "name-reserved" });
});

test("a stack cannot be taken over through the deployer API", async () => {
  await post({ name: "mine" });
  const service = { service_path: path, service_name: "mine", service_port: 4100, deployment_method: "process" };
  expect((await post(service)).body.code).toBe("made-by-template");
  expect((await post(service, ben)).body.code).toBe("name-taken");
});

test("a name that is taken is a conflict; the same key answers the same stack", async () => {
  const once = { ...ana, "idempotency-key": "press" };
  const first = await post({ name: "mine" }, once);
  const second = await post({ name: "mine" }, once);
  expect([second.status, second.body]).toEqual([202, first.body]);
  const taken = await post({ name: "mine" }, ben);
  expect([taken.status, taken.body.code]).toEqual([409, "name-taken"]);
  expect((await post({ name: "other" }, once)).body.code).toBe("idempotency-key-reused");
});

test("anybody may ask for a name, and is told in their language why it cannot be had", async () => {
  expect([(await ask("mine")).status, (await ask("mine")).body]).toEqual([
    200,
    { name: "mine", valid: true, available: true },
  ]);
  await post({ name: "mine" });
  const english = await ask("mine");
  expect(english.body).toMatchObject({ name: "mine", valid: true, available: false });
  expect(english.body.error).toMatch(/already in use/);
  const dutch = await ask("ab", { "accept-language": "nl" });
  expect([dutch.status, dutch.body]).toEqual([
    200,
    { name: "ab", valid: false, available: false, error: expect.stringMatching(/3.*20/) },
  ]);
  expect((await ask("admin")).body).toMatchObject({ valid: false, available: false });
});

test("whoever owns the data a removed stack left is told that its name can be had", async () => {
  await post({ name: "mine" });
  await removedStack("mine", { isKept: true });
  const available = async (headers: Record<string, string>) => (await ask("mine", headers)).body.available;
  expect([await available({}), await available(ben), await available(ana)]).toEqual([false, false, true]);
});

test("checks are counted", async () => {
  const { headers } = await ask("mine");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(check.definition).toMatchObject({ public: true, rateLimit: "check" });
});

test("lists, single ones and offers; other people's are not there", async () => {
  await post({ name: "mine" });
  expect((await get(readOffers, {})).body).toEqual({
    items: [{ template: "workspace", description: null, urlPattern: "https://{name}.apps.example.com" }],
  });
  const mine = await get(list, {}, ana);
  expect(mine.body).toMatchObject({ items: [{ name: "mine", state: "waiting" }], next: null });
  expect((await get(readStack, { name: "mine" })).body).toEqual(mine.body.items[0]);
  expect((await get(list, {}, ben, "/api/stacks?all=true")).body.items).toEqual([]);
  expect((await get(list, {}, admin)).body.items).toEqual([]);
  expect((await get(list, {}, admin, "/api/stacks?all=true")).body.items).toHaveLength(1);
  const ofAna = `/api/stacks?all=true&owner=${anaHerself.id}`;
  expect((await get(list, {}, admin, ofAna)).body.items).toHaveLength(1);
  expect((await get(readStack, { name: "mine" }, ben)).status).toBe(404);
  const { id } = await db.deployment.findFirstOrThrow();
  for (const handler of [readDeployment, follow])
    expect((await get(handler, { deploymentId: id }, ben)).status).toBe(404);
});

test("removing answers the removal's own deployment", async () => {
  await post({ name: "mine" });
  expect((await removal("mine", ben)).status).toBe(404);
  expect((await removal("mine", ana, "?volumes=perhaps")).status).toBe(400);
  const { status, body } = await removal("mine", ana, "?volumes=true");
  expect([status, body]).toEqual([
    202,
    { success: true, deploymentId: expect.any(String), name: "mine", url: null, status: "pending" },
  ]);
  const { deployment } = (await get(readDeployment, { deploymentId: body.deploymentId })).body;
  expect(deployment).toMatchObject({ phase: "removing_domain", url: null });
  expect((await get(readStack, { name: "mine" })).body.state).toBe("removing");
  expect((await removal("absent")).status).toBe(404);
});

test("a deployment that was called off ends its stream with the reason, and is not told twice", async () => {
  const { body } = await post({ name: "mine" });
  const params = { deploymentId: body.deploymentId };
  await cancelDeployment(body.deploymentId, { id: anaHerself.id, name: "ana", role: "member" });
  const response = await follow(new Request("http://localhost/api/status/x", { headers: ana }), {
    params: Promise.resolve(params),
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events = await readEvents(response);
  expect(events[0]).toEqual({
    id: "1",
    event: "progress",
    data: {
      phase: "initializing",
      status: "in_progress",
      progress: 0,
      message: "Queued",
      currentStep: "Initializing",
      resources: { projectId: null, environmentId: null, applicationId: null, domainId: null },
    },
  });
  const last = events.at(-1);
  expect([last?.event, last?.data]).toEqual([
    "error",
    { phase: "initializing", message: expect.any(String), code: "deployment-cancelled" },
  ]);
  const again = await call(follow, { headers: { ...ana, "last-event-id": last?.id ?? "" }, params });
  expect(again.status).toBe(204);
  const { deployment } = (await get(readDeployment, params)).body;
  expect(deployment).toMatchObject({ status: "failure", error: { code: "deployment-cancelled" } });
});

test("a template's body is checked as a whole", async () => {
  const body = {
    name: "new",
    image: "Not An Image",
    port: 0,
    domainSuffix: "https://x",
    target: "gone",
    volumes: [
      { name: "shared", path: "data" },
      { name: "{name}-a", path: "/a" },
      { name: "{name}-b", path: "/a" },
    ],
  };
  const { status, body: answered } = await call(addTemplate, { method: "POST", headers: admin, body });
  expect([status, fieldsOf(answered)]).toEqual([
    400,
    {
      name: "name-reserved",
      image: "not-an-image",
      port: "too-low",
      domainSuffix: "not-a-domain",
      target: "not-found",
      "volumes.0.name": "not-a-volume-name",
      "volumes.0.path": "not-absolute",
      "volumes.2": "volume-twice",
    },
  ]);
});

test("both shapes of a deploy are in the OpenAPI document", async () => {
  const { body } = await call(readDocument, { path: "/api/openapi.json" });
  const { requestBody, responses } = body.paths["/api/deploy"].post;
  const schema = requestBody.content["application/json"].schema;
  expect(JSON.stringify(schema)).toMatch(/NewStack/);
  expect(JSON.stringify(schema)).toMatch(/service_path/);
  expect(JSON.stringify(responses["202"])).toMatch(/deploymentId.*deploy_job_id/);
});
