import { beforeAll, beforeEach, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { PATCH as change, GET as readById, DELETE as remove } from "./droplets/[dropletId]/route";
import { GET as readByName } from "./droplets/name/[name]/route";
import { POST as create, GET as list } from "./droplets/route";
import { GET as health } from "./health/route";
import { POST as register } from "./register/route";

process.env.LANDFALL_LOG_LEVEL = "silent";

let admin: Record<string, string>;
let member: Record<string, string>;
beforeAll(async () => {
  admin = await asToken(await aUser("admin"));
  member = await asToken(await aUser("member"));
});
beforeEach(() => db.registration.deleteMany());

const post = (handler: typeof create, body: unknown, headers = admin) =>
  call(handler, { method: "POST", headers, body });
const byId = (
  handler: typeof readById,
  id: string,
  more: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
) => call(handler, { headers: admin, params: { dropletId: id }, ...more });
const byName = (name: string) => call(readByName, { headers: admin, params: { name } });
const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test("it says that it is there, to anybody", async () => {
  const { status, body } = await call(health);
  expect([status, body]).toEqual([
    200,
    { status: "active", service: "registry", version: expect.any(String), timestamp: isTime },
  ]);
});

test("POST /droplets makes one with the contract's fields, and it is found by id, by name and in the list", async () => {
  const { status, body } = await post(create, {
    name: "mail",
    endpoint: "http://mail:80",
    steward: "ana",
    metadata: { a: 1 },
  });
  expect(status).toBe(201);
  const droplet = {
    id: 1,
    name: "mail",
    steward: "ana",
    status: "active",
    endpoint: "http://mail:80",
    proof: null,
    cost_usd: 0,
    yield_usd: 0,
    metadata: { a: 1 },
    registered_at: isTime,
    updated_at: isTime,
  };
  expect(body).toEqual({ droplet, timestamp: isTime });
  expect((await byId(readById, "1")).body).toEqual({ droplet, timestamp: isTime });
  expect((await byName("mail")).body).toEqual({ droplet, timestamp: isTime });
  expect((await call(list, { headers: admin })).body).toEqual({ droplets: [droplet], total: 1, timestamp: isTime });
});

test("the older form takes url or endpoint, and keeps the version as metadata", async () => {
  const first = await post(register, { id: 40, name: "mail", url: "http://mail:80", version: "1.2" });
  expect([first.status, first.body]).toEqual([200, { success: true, droplet_id: 40, message: expect.any(String) }]);
  expect((await post(register, { name: "web", endpoint: "http://web:80" })).body).toMatchObject({ droplet_id: 41 });
  expect((await byId(readById, "40")).body.droplet).toMatchObject({
    endpoint: "http://mail:80",
    metadata: { version: "1.2" },
  });
  expect((await byId(readById, "41")).body.droplet.metadata).toEqual({});
});

test("registering a name again is 409 in both forms, with a detail", async () => {
  const mail = { name: "mail", endpoint: "http://mail:80" };
  await post(create, mail);
  for (const handler of [create, register]) {
    const { status, body } = await post(handler, mail);
    expect([status, typeof body.detail]).toEqual([409, "string"]);
  }
  expect((await post(create, { ...mail, name: "other", id: 1 })).status).toBe(409);
});

test.each([
  ["no name", { endpoint: "http://x" }, "name"],
  ["no endpoint", { name: "x" }, "endpoint"],
  ["a name that is a number", { name: 7, endpoint: "http://x" }, "name"],
  ["an id that is text", { id: "seven", name: "x", endpoint: "http://x" }, "id"],
  ["an id beyond its column", { id: 2 ** 40, name: "x", endpoint: "http://x" }, "id"],
])("%s is 422 in both forms, names the field and has a detail", async (_, body, field) => {
  for (const handler of [create, register]) {
    const answered = await post(handler, body);
    expect([answered.status, typeof answered.body.detail]).toEqual([422, "string"]);
    expect(answered.body.fields.map(({ path }: { path: string[] }) => path[0])).toContain(field);
  }
  expect(await db.registration.count()).toBe(0);
});

test("what is not JSON is 422 as well", async () => {
  expect((await call(create, { method: "POST", headers: admin, text: "{" })).status).toBe(422);
});

test("PATCH changes what it names and no more", async () => {
  await post(create, { name: "mail", endpoint: "http://mail:80", metadata: { a: 1 } });
  const { status, body } = await byId(change, "1", {
    method: "PATCH",
    body: { status: "inactive", endpoint: "http://mail:81", cost_usd: 1.5 },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    droplet: { status: "inactive", endpoint: "http://mail:81", cost_usd: 1.5, metadata: { a: 1 } },
    timestamp: isTime,
  });
  expect((await byId(change, "1", { method: "PATCH", body: { status: "asleep" } })).status).toBe(422);
});

test("DELETE says so, and then it is 404 with a detail, like everything that is not there", async () => {
  await post(create, { name: "mail", endpoint: "http://mail:80" });
  const removed = await byId(remove, "1", { method: "DELETE" });
  expect([removed.status, removed.body]).toEqual([
    200,
    { success: true, message: expect.any(String), deleted_at: isTime },
  ]);
  const answers = [
    await byId(remove, "1", { method: "DELETE" }),
    await byId(change, "1", { method: "PATCH", body: {} }),
    await byId(readById, "1"),
    await byId(readById, "not-a-number"),
    await byId(readById, "99999999999"),
    await byName("mail"),
  ];
  expect(answers.map(({ status, body }) => [status, typeof body.detail])).toEqual(answers.map(() => [404, "string"]));
});

test("reading is for those who may see it, writing for administrators", async () => {
  await post(create, { name: "mail", endpoint: "http://mail:80" });
  expect((await byId(readById, "1", { headers: member })).status).toBe(404);
  expect((await call(list, { headers: member })).body).toMatchObject({ droplets: [], total: 0 });
  expect((await post(create, { name: "x", endpoint: "y" }, member)).status).toBe(403);
  expect((await post(register, { name: "x", endpoint: "y" }, member)).status).toBe(403);
  expect((await byId(change, "1", { method: "PATCH", body: {}, headers: member })).status).toBe(403);
  expect((await byId(remove, "1", { method: "DELETE", headers: member })).status).toBe(403);
  expect((await call(list)).status).toBe(401);
  expect(await db.registration.count()).toBe(1);
});
