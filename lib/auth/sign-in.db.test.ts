import { beforeEach, expect, test } from "vitest";
import { db } from "@/lib/db/client";
import { aUser, PASSWORD } from "@/lib/users/test-people";
import { authOptions, ownAddress } from "./auth-options";
import { findProviderUser } from "./oauth-sign-in";
import { signInWithPassword } from "./password-sign-in";
import { makeSessionToken, readSessionToken, sessionCookieName } from "./session-token";

let address = 0;
/** Its own network address, so that tests do not use up each other's tries. */
const anAddress = () => `192.0.2.${++address}`;
const tries = (email: string, password: string, ip: string, times: number) =>
  Promise.allSettled(Array.from({ length: times }, () => signInWithPassword({ email, password }, ip)));

beforeEach(async () => {
  await db.rateLimit.deleteMany();
});

test("the right password signs in, is noted and is on the trail", async () => {
  const user = await aUser("member");
  expect(await signInWithPassword({ email: user.email.toUpperCase(), password: PASSWORD }, "198.51.100.1")).toBe(
    user.id,
  );
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

test("guessing one person's password ends soon, wherever it comes from", async () => {
  const user = await aUser("member");
  for (let n = 0; n < 10; n++) await tries(user.email, "wrong", anAddress(), 1);
  const right = signInWithPassword({ email: user.email, password: PASSWORD }, anAddress());
  await expect(right).rejects.toMatchObject({ code: "rate-limited", params: { seconds: expect.any(Number) } });
});

test("one address cannot try many people", async () => {
  const ip = anAddress();
  for (let n = 0; n < 30; n++) await tries(`person-${n}@example.org`, "wrong", ip, 1);
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

test("a session cookie says who and which, and only under our secret", async () => {
  const user = await aUser("member");
  const cookie = await makeSessionToken(user);
  expect(await readSessionToken(cookie)).toMatchObject({ sub: user.id, sessionVersion: 1 });
  for (const wrong of [undefined, "", "x", `${cookie}x`, cookie.slice(5), "a.b.c.d.e"]) {
    expect(await readSessionToken(wrong)).toBeNull();
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

test("next-auth is given a session of ours, and no provider that is not configured", () => {
  const options = authOptions(new Headers());
  expect(options.session).toEqual({ strategy: "jwt", maxAge: 12 * 60 * 60 });
  expect(options.cookies?.sessionToken?.name).toBe(sessionCookieName());
  expect(options.providers.map(({ id }) => id)).toEqual(["credentials"]);
});

test.each([
  ["/services", "http://localhost:3000/services"],
  ["http://localhost:3000/x?y=1", "http://localhost:3000/x?y=1"],
  ["https://evil.example/", "http://localhost:3000/"],
  ["//evil.example", "http://localhost:3000/"],
  ["javascript:alert(1)", "http://localhost:3000/"],
  ["http://[", "http://localhost:3000/"],
])("after signing in, %s leads to %s", (wanted, led) => {
  expect(ownAddress(wanted, "http://localhost:3000")).toBe(led);
});
