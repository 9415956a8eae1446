import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { POST as compare, GET as read } from "./[name]/drift/route";
import { POST as remove } from "./[name]/orphans/remove/route";
import { GET as list } from "./[name]/orphans/route";

let admin: Record<string, string>;
let member: Record<string, string>;
beforeAll(async () => {
  await ensureLocalTarget();
  admin = await asToken(await aUser("admin"));
  member = await asToken(await aUser("member"));
});
const params = { name: "this-machine" };
const post = (handler: typeof remove, body?: unknown) =>
  call(handler, { method: "POST", headers: admin, params, body: body ?? {} });

test("how a target stands is read, and a check asked for", async () => {
  expect((await call(read, { headers: member, params })).body).toEqual({
    checkedAt: null,
    requestedAt: null,
    everySeconds: 10,
    problem: null,
    compared: 0,
    services: [],
  });
  const { status, body } = await post(compare);
  expect([status, body.requestedAt]).toEqual([202, expect.any(String)]);
  await db.target.updateMany({ data: { disabledAt: new Date() } });
  const refused = await post(compare);
  expect([refused.status, refused.body.code]).toEqual([409, "target-disabled"]);
  await db.target.updateMany({ data: { disabledAt: null } });
});

test("orphans are listed and removed", async () => {
  await mkdir(join((await testDatabase()).dataDir, "services", "left", "releases"), { recursive: true });
  const { body } = await call(list, { headers: admin, params });
  // Further items depend on the machine: a Docker that is installed and stopped is a problem.
  expect(body.items).toMatchObject([{ kind: "service-folder", name: "left", isData: false }]);
  const removed = await post(remove, { ids: [body.items[0].id, "service-folder:/etc"] });
  expect([removed.status, removed.body]).toEqual([
    200,
    {
      removed: [body.items[0].id],
      kept: [{ id: "service-folder:/etc", problem: { code: "not-an-orphan", params: {} } }],
    },
  ]);
  expect((await post(remove, { ids: [] })).status).toBe(400);
});

test("of a target that is not there, nothing", async () => {
  for (const handler of [read, list])
    expect((await call(handler, { headers: admin, params: { name: "none" } })).status).toBe(404);
});
