import { beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { GET as list } from "./route";

let ana: Record<string, string>;
let viewer: Record<string, string>;
beforeAll(async () => {
  const owner = await aUser("member");
  [ana, viewer] = [await asToken(owner), await asToken(await aUser("viewer"))];
  const { id: targetId } = await ensureLocalTarget();
  const { id: serviceId } = await db.service.create({
    data: { name: "shop", ownerId: owner.id, targetId, driver: "process", source: {}, port: 4100 },
  });
  await db.registration.create({ data: { name: "by-hand", endpoint: "http://x", dropletId: 1 } });
  const problem = { code: "registration-failed", params: {}, detail: "HTTP 503" };
  await db.registration.create({
    data: {
      name: "shop",
      serviceId,
      endpoint: "http://localhost:4100",
      pendingSince: new Date(),
      problem,
      registry: "http://registry:8000",
    },
  });
});

test("a member sees those of their own services, with what is owed and why", async () => {
  const { status, body } = await call(list, { headers: ana });
  expect([status, body.items.length, body.next]).toEqual([200, 1, null]);
  expect(body.items[0]).toMatchObject({
    name: "shop",
    service: { name: "shop" },
    registry: "http://registry:8000",
    pendingSince: expect.any(String),
    problem: { code: "registration-failed", detail: "HTTP 503" },
  });
});

test("a viewer sees all of them, a page at a time", async () => {
  const first = await call(list, { headers: viewer, path: "/api/registrations?limit=1" });
  const second = await call(list, { headers: viewer, path: `/api/registrations?limit=1&after=${first.body.next}` });
  expect([first, second].map(({ body }) => body.items.map(({ name }: { name: string }) => name))).toEqual([
    ["shop"],
    ["by-hand"],
  ]);
  expect(second.body.next).toBeNull();
  expect((await call(list, { headers: viewer, path: "/api/registrations?service=shop" })).body.items).toHaveLength(1);
});

test("nobody unknown sees any", async () => {
  expect((await call(list)).status).toBe(401);
});
