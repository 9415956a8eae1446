import { beforeEach, expect, test } from "vitest";
import type { RelyingParty } from "@/lib/domain/users/passkeys";
import { aUser, PASSWORD } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { authOptions } from "./auth-options";
import { networkOf } from "./client-address";
import { limitRate } from "./rate-limit";
import { sessionCookieName } from "./session-cookie";
import { findProviderUser, noteUnlinked, signIn } from "./sign-in";

let address = 0;
/** A new network address, so that tests do not share rate limits. */
const anAddress = () => `192.0.2.${++address}`;
const PARTY: RelyingParty = { id: "localhost", origins: ["http://localhost:3000"] };
const signInWithPassword = (credentials: unknown, ip: string) => signIn(credentials, ip, PARTY);
const tries = (email: string, password: string, ip: string, times: number) =>
  Promise.allSettled(Array.from({ length: times }, () => signInWithPassword({ email, password }, ip)));

beforeEach(async () => {
  await db.rateLimit.deleteMany();
});

test("the right password signs in, is noted and is on the trail", async () => {
  const user = await aUser("member");
  const signedIn = await signInWithPassword({ email: user.email.toUpperCase(), password: PASSWORD }, "198.51.100.1");
  expect(signedIn).toEqual({ id: user.id, via: "password", strong: false });
  expect((await db.user.findUniqueOrThrow({ where: { id: user.id } })).lastSignInAt).not.toBeNull();
  const trail = await db.auditEvent.findMany({ where: { actorId: user.id } });
  expect(trail).toMatchObject([{ action: "user.sign-in", ip: "198.51.100.1", details: { via: "password" } }]);
});

test("whatever is wrong, the answer is the same", async () => {
  const user = await aUser("member");
  const disabled = await aUser("member", { disabledAt: new Date() });
  const wrong = [
    { email: user.email, password: "not the password" },
    { email: "nobody@example.com", password: PASSWORD },
    { email: disabled.email, password: PASSWORD },
    { email: "not an address", password: PASSWORD },
    { email: "a\0@example.com", password: PASSWORD },
    { email: user.email, password: "" },
    { email: user.email, password: "x".repeat(100_000) },
    { email: [user.email], password: { length: 12 } },
    undefined,
  ];
  for (const credentials of wrong) {
    await expect(signInWithPassword(credentials, anAddress())).rejects.toMatchObject({ code: "sign-in-failed" });
  }
});

test("guessing one person's password ends soon, and keeps that person out nowhere else", async () => {
  const user = await aUser("member");
  for (let n = 0; n < 10; n++) await tries(user.email, "wrong", `203.0.113.${n}`, 1);
  const right = signInWithPassword({ email: user.email, password: PASSWORD }, "203.0.113.77");
  await expect(right).rejects.toMatchObject({ code: "rate-limited", params: { seconds: expect.any(Number) } });
  expect((await signInWithPassword({ email: user.email, password: PASSWORD }, "198.51.100.7")).id).toBe(user.id);
});

test("a network cannot go on from its other addresses", async () => {
  await limitRate("sign-in-network", networkOf("2001:db8:7:1::1"), 199);
  await tries("person@example.org", "wrong", "2001:db8:7:2::1", 1);
  const user = await aUser("member");
  const right = signInWithPassword({ email: user.email, password: PASSWORD }, "2001:db8:7:ffff::1");
  await expect(right).rejects.toMatchObject({ code: "rate-limited" });
});

test("every refusal is on the trail, and a closed limit once", async () => {
  const user = await aUser("member");
  const ip = "198.51.100.9";
  for (let n = 0; n < 13; n++) await tries(user.email, "wrong", ip, 1);
  await tries("nobody@example.com", "wrong", ip, 1);
  const trail = await db.auditEvent.findMany({ where: { ip }, orderBy: { id: "asc" } });
  const failed = trail.filter(({ action }) => action === "user.sign-in-failed");
  expect(failed).toHaveLength(11);
  expect(failed[0]).toMatchObject({ actorId: null, subjectId: user.id, details: { reason: "sign-in-failed" } });
  expect(failed.at(-1)).toMatchObject({ subjectId: null, details: { tried: "nobody@example.com" } });
  expect(trail.filter(({ action }) => action === "user.sign-in-limited")).toMatchObject([{ subjectId: user.id }]);
});

test("one address cannot try many people", async () => {
  const ip = anAddress();
  await limitRate("sign-in-address", ip, 29);
  await tries("person@example.org", "wrong", ip, 1);
  const user = await aUser("member");
  const right = signInWithPassword({ email: user.email, password: PASSWORD }, ip);
  await expect(right).rejects.toMatchObject({ code: "rate-limited" });
});

test("who knows the password was not guessing", async () => {
  const user = await aUser("member");
  for (let round = 0; round < 3; round++) {
    await tries(user.email, "wrong", anAddress(), 6);
    await signInWithPassword({ email: user.email, password: PASSWORD }, anAddress());
  }
});

test("a provider's account is linked to who has its verified address, once; nobody is made", async () => {
  const user = await aUser("member");
  const account = { provider: "github", providerAccountId: "42", email: user.email };
  expect((await findProviderUser(account))?.id).toBe(user.id);
  expect((await findProviderUser({ ...account, email: null }))?.id).toBe(user.id);
  expect(await db.auditEvent.count({ where: { action: "user.link-account", actorId: user.id } })).toBe(1);

  const people = await db.user.count();
  expect(await findProviderUser({ ...account, providerAccountId: "43", email: "stranger@example.com" })).toBeNull();
  expect(await findProviderUser({ ...account, providerAccountId: "44", email: null })).toBeNull();
  expect(await db.user.count()).toBe(people);

  await db.user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });
  expect(await findProviderUser(account)).toBeNull();
});

test("an account that proves nothing waits for an administrator; an address is no proof", async () => {
  const user = await aUser("member");
  const account = {
    provider: "gitea",
    providerAccountId: "9",
    name: "Somebody",
    email: null,
    claimedEmail: user.email,
  };
  expect(await findProviderUser(account)).toBeNull();
  await noteUnlinked(account);
  await noteUnlinked({ ...account, name: "x\0".repeat(500) });
  expect(await db.unlinkedAccount.findMany({ where: { provider: "gitea" } })).toMatchObject([
    { providerAccountId: "9", email: user.email, name: "x".repeat(200) },
  ]);
  expect(await db.account.count({ where: { userId: user.id } })).toBe(0);
});

test("next-auth is given a session of ours, and no provider that is not configured", () => {
  const options = authOptions(new Headers());
  expect(options.session).toEqual({ strategy: "jwt", maxAge: 7 * 24 * 60 * 60 });
  expect(options.cookies?.sessionToken?.name).toBe(sessionCookieName());
  expect(options.providers.map(({ id }) => id)).toEqual(["credentials"]);
});
