import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { db, transaction } from "./client";
import { once } from "./idempotency";

let actor: Actor;
beforeAll(async () => {
  const user = await db.user.create({ data: { email: "keys@example.com", name: "keys", role: "member" } });
  actor = { id: user.id, name: user.name, role: "member" };
});

const ask = (idempotencyKey: string | undefined, requestHash = "same", made: string[] = [], who = actor) =>
  transaction((tx) =>
    once(tx, who, { idempotencyKey, requestHash }, async () => {
      const subjectId = randomUUID();
      made.push(subjectId);
      return { subjectId };
    }),
  );

test("a repeat finds what the first one made", async () => {
  const made: string[] = [];
  const first = await ask("a", "same", made);
  const second = await ask("a", "same", made);
  expect(first.repeated).toBe(false);
  expect(second).toEqual({ subjectId: first.subjectId, repeated: true });
  expect(made).toHaveLength(1);
});

test("two at once make one", async () => {
  const made: string[] = [];
  const both = await Promise.all(Array.from({ length: 5 }, () => ask("race", "same", made)));
  expect(new Set(both.map(({ subjectId }) => subjectId)).size).toBe(1);
  expect(made).toHaveLength(1);
});

test("the key of another request is refused", async () => {
  await ask("b", "one");
  await expect(ask("b", "other")).rejects.toMatchObject({ code: "idempotency-key-reused" });
});

test("what failed may be tried again under its key", async () => {
  const failing = transaction((tx) =>
    once(tx, actor, { idempotencyKey: "c", requestHash: "same" }, () => Promise.reject(new Error("no"))),
  );
  await expect(failing).rejects.toThrow("no");
  expect((await ask("c")).repeated).toBe(false);
});

test("without a key, and for Landfall itself, everything is made", async () => {
  const made: string[] = [];
  await ask(undefined, "same", made);
  await ask(undefined, "same", made);
  const nobody: Actor = { id: null, name: "landfall", role: "admin" };
  await ask("d", "same", made, nobody);
  await ask("d", "same", made, nobody);
  expect(made).toHaveLength(4);
});

test("keys belong to people", async () => {
  const other = await db.user.create({ data: { email: "other@example.com", name: "other", role: "member" } });
  const mine = await ask("e");
  const theirs = await ask("e", "different", [], { id: other.id, name: "other", role: "member" });
  expect(theirs.subjectId).not.toBe(mine.subjectId);
});
