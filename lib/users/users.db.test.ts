import { beforeEach, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { changeUser } from "./change-user";
import { createUser } from "./create-user";
import { findByPassword } from "./find-by-password";
import { changeOwnAccount, getOwnAccount } from "./own-account";
import { aUser } from "./test-people";
import { listUsers } from "./user-store";

const NEW = { email: "new@example.com", name: "New", role: "member", password: "a long enough one" } as const;
let admin: Actor & { id: string };

beforeEach(async () => {
  await db.user.deleteMany();
  const { id, name } = await aUser("admin");
  admin = { id, name, role: "admin" };
});

test("a new user can prove who they are; their password is nowhere", async () => {
  const user = await createUser(NEW, admin);
  expect(user).toMatchObject({ email: NEW.email, name: NEW.name, role: "member", disabledAt: null });
  expect((await findByPassword(NEW.email, NEW.password))?.id).toBe(user.id);
  const trail = await db.auditEvent.findMany({ where: { subjectId: user.id } });
  expect(trail).toMatchObject([
    { action: "user.create", actorId: admin.id, details: { email: NEW.email, role: "member" } },
  ]);
  expect(JSON.stringify(await db.user.findMany())).not.toContain(NEW.password);
});

test("an address belongs to one person, and nothing is written for the second", async () => {
  await createUser(NEW, admin);
  await expect(createUser(NEW, admin)).rejects.toMatchObject({ code: "email-taken", fields: [{ path: ["email"] }] });
  expect(
    await db.auditEvent.count({ where: { action: "user.create", subjectName: NEW.name, actorId: admin.id } }),
  ).toBe(1);
});

test("a repeat under the same key is the same person", async () => {
  const options = { idempotencyKey: "k", requestHash: "h" };
  const first = await createUser(NEW, admin, options);
  expect(await createUser(NEW, admin, options)).toEqual(first);
});

test("only admins make and change users", async () => {
  for (const role of ["member", "viewer"] as const) {
    const actor: Actor = { ...(await aUser(role)), role };
    await expect(createUser(NEW, actor)).rejects.toMatchObject({ code: "forbidden" });
    await expect(changeUser(admin.id, { name: "x" }, actor)).rejects.toMatchObject({ code: "forbidden" });
  }
});

test("everybody chooses their own language", async () => {
  const { id, name } = await aUser("viewer");
  const actor: Actor = { id, name, role: "viewer" };
  expect((await getOwnAccount(actor)).locale).toBeNull();
  expect(await changeOwnAccount({ locale: "nl" }, actor)).toMatchObject({ id, name, role: "viewer", locale: "nl" });
  await changeOwnAccount({ locale: "nl" }, actor);
  expect((await getOwnAccount(actor)).locale).toBe("nl");
  const trail = await db.auditEvent.findMany({ where: { subjectId: id } });
  expect(trail).toMatchObject([{ action: "user.change", actorId: id, details: { changed: ["locale"] } }]);
  expect((await changeOwnAccount({ locale: null }, actor)).locale).toBeNull();
  await expect(getOwnAccount({ id: null, name: "landfall", role: "admin" })).rejects.toMatchObject({
    code: "not-found",
  });
});

test.each([
  ["a role", { role: "viewer" }, 1],
  ["a password", { password: "another long one" }, 1],
  ["being disabled", { disabled: true }, 1],
  ["a name", { name: "Other" }, 0],
  ["nothing new", { name: "New", role: "member" }, 0],
] as const)("%s ends the user's sessions or not", async (_, change, raised) => {
  const { id } = await createUser(NEW, admin);
  const before = await db.user.findUniqueOrThrow({ where: { id } });
  await changeUser(id, change, admin);
  const after = await db.user.findUniqueOrThrow({ where: { id } });
  expect(after.sessionVersion - before.sessionVersion).toBe(raised);
});

test("what changed is on the trail, without the password", async () => {
  const { id } = await createUser(NEW, admin);
  await changeUser(id, { role: "viewer", password: "another long one" }, admin);
  const [event] = await db.auditEvent.findMany({ where: { subjectId: id, action: "user.change" } });
  expect(event?.details).toEqual({ changed: ["role", "password"], role: { from: "member", to: "viewer" } });
  await changeUser(id, { name: "New" }, admin);
  expect(await db.auditEvent.count({ where: { subjectId: id, action: "user.change" } })).toBe(1);
});

test("the last admin stays one", async () => {
  for (const change of [{ role: "member" }, { disabled: true }] as const) {
    await expect(changeUser(admin.id, change, admin)).rejects.toMatchObject({ code: "last-admin" });
  }
  await changeUser(admin.id, { name: "Still here", password: "another long one" }, admin);
  expect(await db.user.findUniqueOrThrow({ where: { id: admin.id } })).toMatchObject({
    role: "admin",
    disabledAt: null,
  });
});

test("of two admins who demote each other at once, one stays", async () => {
  const other: Actor & { id: string } = { ...(await aUser("admin")), role: "admin" };
  const both = await Promise.allSettled([
    changeUser(other.id, { role: "member" }, admin),
    changeUser(admin.id, { role: "member" }, other),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await db.user.count({ where: { role: "admin" } })).toBe(1);
});

test("somebody who is not there is not found", async () => {
  await expect(changeUser("019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", { name: "x" }, admin)).rejects.toMatchObject({
    code: "not-found",
  });
});

test("lists are newest first, page by page", async () => {
  for (let n = 0; n < 4; n++) await aUser("viewer");
  const first = await listUsers({ limit: 3 });
  const second = await listUsers({ limit: 3, after: first.next ?? undefined });
  expect(first.items).toHaveLength(3);
  expect(second).toMatchObject({ next: null });
  expect(second.items.at(-1)?.id).toBe(admin.id);
});
