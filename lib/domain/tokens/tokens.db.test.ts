import { expect, test } from "vitest";
import type { Actor, NewToken, Role } from "@/lib/contracts/user";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { tokenHash } from "./make-token";
import { createToken, revokeToken } from "./token-commands";
import { findToken, listTokens } from "./token-store";

const actorOf = ({ id, name, role }: { id: string; name: string; role: string }): Actor => ({
  id,
  name,
  role: role as Role,
});
const wish = (role: Role, more: Partial<NewToken> = {}): NewToken => ({
  ...{ name: "ci", role, services: [], targets: [], deployOnly: false },
  ...more,
});

test("a token is its owner's, is kept as a hash only, and the making is on the trail", async () => {
  const user = await aUser("member");
  const made = await createToken(wish("member"), actorOf(user));
  expect(await findToken(made.token)).toMatchObject({ id: made.id, role: "member", user: { id: user.id } });
  const row = await db.apiToken.findUniqueOrThrow({ where: { id: made.id } });
  expect(row.hash).toBe(tokenHash(made.token));
  expect(JSON.stringify(row)).not.toContain(made.token);
  const trail = await db.auditEvent.findMany({ where: { subjectId: made.id } });
  expect(trail).toMatchObject([{ action: "token.create", actorId: user.id }]);
  expect(JSON.stringify(trail)).not.toContain(made.token);
});

test.each([
  ["member", "admin"],
  ["viewer", "member"],
  ["viewer", "admin"],
] as const)("a %s makes no token for %s", async (owner, role) => {
  const refused = createToken(wish(role), actorOf(await aUser(owner)));
  await expect(refused).rejects.toMatchObject({
    code: "invalid-request",
    fields: [{ path: ["role"], code: "role-too-high" }],
  });
});

test("revoked, expired and disabled ones are nobody's", async () => {
  const user = await aUser("member");
  const actor = actorOf(user);
  const [revoked, expired, orphan] = await Promise.all(
    [1, 2, 3].map(() => createToken(wish("member", { expiresInDays: 1 }), actor)),
  );
  if (!revoked || !expired || !orphan) throw new Error("three were made");
  expect((await revokeToken(revoked.id, actor)).revokedAt).not.toBeNull();
  expect(await findToken(revoked.token)).toBeNull();
  await db.apiToken.update({ where: { id: expired.id }, data: { expiresAt: new Date(Date.now() - 1_000) } });
  expect(await findToken(expired.token)).toBeNull();
  await db.user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });
  expect(await findToken(orphan.token)).toBeNull();
  for (const wrong of ["", "lf_", `${orphan.token}x`, "x".repeat(10_000), "lf_000000000000000000000000000"])
    expect(await findToken(wrong)).toBeNull();
});

test("revoking again changes nothing, and nobody revokes what is not theirs", async () => {
  const owner = actorOf(await aUser("member"));
  const made = await createToken(wish("member"), owner);
  await expect(revokeToken(made.id, actorOf(await aUser("member")))).rejects.toMatchObject({ code: "not-found" });
  const first = await revokeToken(made.id, owner);
  const second = await revokeToken(made.id, actorOf(await aUser("admin")));
  expect(second.revokedAt).toBe(first.revokedAt);
  expect(await db.auditEvent.count({ where: { subjectId: made.id, action: "token.revoke" } })).toBe(1);
});

test("using a token is noted at most once a minute", async () => {
  const made = await createToken(wish("member"), actorOf(await aUser("member")));
  const lastUsed = async () => (await db.apiToken.findUniqueOrThrow({ where: { id: made.id } })).lastUsedAt?.getTime();
  await findToken(made.token);
  const first = await lastUsed();
  await findToken(made.token);
  expect(await lastUsed()).toBe(first);
  await db.apiToken.update({ where: { id: made.id }, data: { lastUsedAt: new Date(Date.now() - 61_000) } });
  await findToken(made.token);
  expect(await lastUsed()).toBeGreaterThanOrEqual(first ?? 0);
});

test("a repeat under the same key is the same token, and works", async () => {
  const actor = actorOf(await aUser("member"));
  const options = { idempotencyKey: "once", requestHash: "h" };
  const first = await createToken(wish("member"), actor, options);
  const second = await createToken(wish("member"), actor, options);
  expect(second.id).toBe(first.id);
  expect(await findToken(second.token)).not.toBeNull();
  expect(await findToken(first.token)).toBeNull();
});

test("one sees one's own; an admin sees everybody's, page by page", async () => {
  const mine = actorOf(await aUser("viewer"));
  const made = await createToken(wish("viewer"), mine);
  expect((await listTokens(mine, { limit: 25 })).items.map(({ id }) => id)).toEqual([made.id]);
  const admin = actorOf(await aUser("admin"));
  const total = await db.apiToken.count();
  let seen = 0;
  for (let after: string | undefined | null; after !== null; ) {
    const page = await listTokens(admin, { limit: 3, after });
    seen += page.items.length;
    after = page.next;
  }
  expect(seen).toBe(total);
});
