import { beforeEach, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { linkAccount, listUnlinkedAccounts, unlinkAccount } from "./linked-accounts";
import {
  changeOwnAccount,
  changeOwnPassword,
  endOtherSessions,
  endOwnSession,
  getOwnAccount,
  listOwnSessions,
} from "./own-account";
import { findByPassword } from "./passwords";
import { aSession, aUser } from "./test-people";
import { changeUser, createUser } from "./user-commands";
import { listUsers } from "./user-store";

const NEW = { email: "new@example.com", name: "New", role: "member", password: "a long enough one" } as const;
let admin: Actor & { id: string };

beforeEach(async () => {
  await db.user.deleteMany();
  await db.unlinkedAccount.deleteMany();
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
  ["a role", { role: "viewer" }, 0],
  ["a password", { password: "another long one" }, 0],
  ["being disabled", { disabled: true }, 0],
  ["a name", { name: "Other" }, 1],
  ["nothing new", { name: "New", role: "member" }, 1],
] as const)("%s ends the user's sessions or not", async (_, change, left) => {
  const { id } = await createUser(NEW, admin);
  await aSession(id);
  await changeUser(id, change, admin);
  expect(await db.session.count({ where: { userId: id } })).toBe(left);
});

test.each([
  ["a list has it", "password12345"],
  ["it is a pattern", "qwertyuiop123"],
  ["it is the person's own address", "new@example.com"],
])("a password is refused where %s", async (_, password) => {
  const refused = { code: "password-common", fields: [{ path: ["password"] }] };
  await expect(createUser({ ...NEW, password }, admin)).rejects.toMatchObject(refused);
  const { id } = await createUser(NEW, admin);
  await expect(changeUser(id, { password }, admin)).rejects.toMatchObject(refused);
  const person: Actor = { id, name: "New", role: "member" };
  const change = { current: NEW.password, password, revokeTokens: false };
  await expect(changeOwnPassword(change, person)).rejects.toMatchObject(refused);
  expect((await findByPassword(NEW.email, NEW.password))?.id).toBe(id);
});

test("a reset takes the API tokens away where that is wanted", async () => {
  const { id } = await createUser(NEW, admin);
  const aToken = (hash: string) =>
    db.apiToken.create({ data: { userId: id, name: "ci", prefix: "lf_", hash, role: "member" } });
  await aToken("reset-1");
  await changeUser(id, { password: "another long one" }, admin);
  expect(await db.apiToken.count({ where: { userId: id, revokedAt: null } })).toBe(1);
  await changeUser(id, { password: "yet another long one", revokeTokens: true }, admin);
  expect(await db.apiToken.count({ where: { userId: id, revokedAt: null } })).toBe(0);
  const [last] = await db.auditEvent.findMany({ where: { subjectId: id }, orderBy: { id: "desc" }, take: 1 });
  expect(last?.details).toEqual({ changed: ["password"], revokedTokens: 1 });
});

test("everyone changes their own password, knowing the present one, and stays signed in here only", async () => {
  const { id } = await createUser(NEW, admin);
  const [here, elsewhere] = [await aSession(id), await aSession(id)];
  const person: Actor = { id, name: "New", role: "member", sessionId: here };
  const change = { current: "not the present one", password: "another long one", revokeTokens: true };
  await expect(changeOwnPassword(change, person)).rejects.toMatchObject({
    code: "password-wrong",
    fields: [{ path: ["current"] }],
  });
  expect((await listOwnSessions(person, 60)).map((session) => session.id).sort()).toEqual([here, elsewhere].sort());
  await changeOwnPassword({ ...change, current: NEW.password }, person);
  expect((await findByPassword(NEW.email, change.password))?.id).toBe(id);
  expect(await listOwnSessions(person, 60)).toMatchObject([
    { id: here, isThis: true, via: "password", ip: "192.0.2.1" },
  ]);
});

test("sessions are ended one by one or all but this, and nobody ends another person's", async () => {
  const { id } = await createUser(NEW, admin);
  const [here, second, third] = [await aSession(id), await aSession(id), await aSession(id)];
  const person: Actor = { id, name: "New", role: "member", sessionId: here };
  await expect(endOwnSession(second, admin)).rejects.toMatchObject({ code: "not-found" });
  await endOwnSession(second, person);
  await expect(endOwnSession(second, person)).rejects.toMatchObject({ code: "not-found" });
  expect((await listOwnSessions(person, 60)).map((session) => session.id).sort()).toEqual([here, third].sort());
  await endOtherSessions(person);
  expect((await listOwnSessions(person, 60)).map((session) => session.id)).toEqual([here]);
  expect(await db.auditEvent.count({ where: { action: "user.end-session", subjectId: id } })).toBe(2);
});

test("an account that no user is linked to is linked by an administrator, once", async () => {
  const { id } = await createUser(NEW, admin);
  const account = { provider: "gitea", providerAccountId: "7", name: "New", email: NEW.email };
  const waiting = await db.unlinkedAccount.create({ data: { ...account, lastTriedAt: new Date() } });
  expect(await listUnlinkedAccounts(admin)).toMatchObject([account]);
  const linked = await linkAccount(id, waiting.id, admin);
  expect(linked.accounts).toMatchObject([{ provider: "gitea" }]);
  await expect(linkAccount(id, waiting.id, admin)).rejects.toMatchObject({ code: "not-found" });
  const again = await db.unlinkedAccount.create({ data: { ...account, lastTriedAt: new Date() } });
  await expect(linkAccount(admin.id, again.id, admin)).rejects.toMatchObject({ code: "account-linked" });
  const unlinked = await unlinkAccount(id, linked.accounts[0]?.id ?? "", admin);
  expect(unlinked.accounts).toEqual([]);
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
