import { beforeAll, expect, test } from "vitest";
import { asToken } from "@/lib/auth/test-callers";
import { call } from "@/lib/http/test-call";
import { ensureLocalTarget } from "@/lib/targets/ensure-local-target";
import { aUser } from "@/lib/users/test-people";
import { POST as check } from "./[name]/check/route";
import { PATCH as change, GET as read, DELETE as remove } from "./[name]/route";
import { GET as list } from "./route";

process.env.LANDFALL_LOG_LEVEL = "silent";

let admin: Record<string, string>;
let member: Record<string, string>;
beforeAll(async () => {
  await ensureLocalTarget();
  admin = await asToken(await aUser("admin"));
  member = await asToken(await aUser("member"));
});
const params = { name: "this-machine" };

test("everybody who is known sees the targets", async () => {
  expect((await call(list, { headers: member })).body).toMatchObject({
    items: [{ name: "this-machine", kind: "local", readOnly: true }],
  });
  expect((await call(read, { headers: member, params })).body).toMatchObject({ name: "this-machine", concurrency: 4 });
  expect((await call(list)).status).toBe(401);
});

test("an administrator limits and rests one; its settings are the environment's", async () => {
  const { status, body } = await call(change, { method: "PATCH", headers: admin, params, body: { concurrency: 2 } });
  expect([status, body.concurrency]).toEqual([200, 2]);
  const wrong = await call(change, {
    method: "PATCH",
    headers: admin,
    params,
    body: { concurrency: 99, settings: {} },
  });
  expect([wrong.status, wrong.body.fields.map(({ code }: { code: string }) => code).toSorted()]).toEqual([
    400,
    ["too-high", "unknown-field"],
  ]);
  expect((await call(change, { method: "PATCH", headers: member, params, body: { disabled: true } })).status).toBe(403);
});

test("it cannot be removed, and one that is not there is 404", async () => {
  const refused = await call(remove, { method: "DELETE", headers: admin, params });
  expect([refused.status, refused.body.code]).toEqual([409, "read-only"]);
  for (const name of ["none", "Not A Name"]) {
    expect((await call(read, { headers: admin, params: { name } })).status).toBe(404);
    expect((await call(remove, { method: "DELETE", headers: admin, params: { name } })).status).toBe(404);
    expect((await call(check, { method: "POST", headers: admin, params: { name } })).status).toBe(404);
  }
});

test("a check answers what was seen", async () => {
  const { status, body } = await call(check, { method: "POST", headers: admin, params });
  expect([status, body.lastCheck.ok, typeof body.lastCheck.tools.node]).toEqual([200, true, "string"]);
});
