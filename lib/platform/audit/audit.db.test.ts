import { beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { aUser } from "@/lib/domain/users/test-people";
import { db, transaction } from "@/lib/platform/db/client";
import { audit } from "./audit";
import { exportAudit, listAudit } from "./audit-store";

let actor: Actor & { id: string };
beforeAll(async () => {
  const { id, name } = await aUser("member");
  actor = { id, name, role: "member", ip: "192.0.2.1", requestId: "request-1" };
  for (let n = 0; n < 30; n++) {
    const action = n % 3 === 0 ? "service.create" : "environment.change";
    await transaction((tx) => audit(tx, actor, action, { type: "service", id: null, name: `s${n}` }, { n }));
  }
});

test("a row says who did what, from where, in which request", async () => {
  const { items } = await listAudit({ subject: "s0" }, { limit: 10 });
  expect(items).toMatchObject([
    {
      actor: { id: actor.id, name: actor.name },
      action: "service.create",
      subject: { name: "s0" },
      details: { n: 0 },
      ip: "192.0.2.1",
    },
  ]);
});

test("a change that fails leaves no row", async () => {
  const failed = transaction(async (tx) => {
    await audit(tx, actor, "service.create", { type: "service", id: null, name: "never" });
    throw new Error("no");
  });
  await expect(failed).rejects.toThrow("no");
  expect((await listAudit({ subject: "never" }, { limit: 10 })).items).toEqual([]);
});

test("nobody rewrites the trail", async () => {
  await expect(db.auditEvent.deleteMany()).rejects.toThrow();
  await expect(db.auditEvent.updateMany({ data: { action: "nothing" } })).rejects.toThrow();
});

test("filters narrow, and pages have every row once", async () => {
  const seen: string[] = [];
  for (let after: string | undefined | null; after !== null; ) {
    const page = await listAudit({ actor: actor.id, action: "service.*" }, { limit: 4, after });
    seen.push(...page.items.map(({ subject }) => subject.name ?? ""));
    after = page.next;
  }
  expect(seen).toHaveLength(10);
  expect(new Set(seen).size).toBe(10);
  const future = await listAudit({ from: new Date(Date.now() + 60_000).toISOString() }, { limit: 5 });
  expect(future.items).toEqual([]);
  expect((await Array.fromAsync(exportAudit({ actor: actor.id }))).flat()).toHaveLength(30);
});
