import { expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { actorOf, bothRoles, hasCredentials } from "./current-user";
import { asBrowser, asToken } from "./test-callers";

const sent = (headers: Record<string, string>) => new Request("http://localhost/", { headers });

test("a session and a token are the person; only a token is told apart", async () => {
  const user = await aUser("member");
  const address = { "x-landfall-peer": "::ffff:192.0.2.1", "x-forwarded-for": "203.0.113.9" };
  const person = { id: user.id, name: user.name, role: "member", ip: "192.0.2.1" };
  const byBrowser = await actorOf(sent({ ...(await asBrowser(user)), ...address }));
  expect(byBrowser).toEqual({ ...person, sessionId: expect.any(String) });
  const byToken = await actorOf(sent({ ...(await asToken(user)), ...address }));
  expect(byToken).toEqual({ ...person, tokenId: expect.any(String) });
});

test("x-api-key says the same as a bearer token", async () => {
  const user = await aUser("viewer");
  const { authorization = "" } = await asToken(user);
  expect((await actorOf(sent({ "x-api-key": authorization.replace("Bearer ", "") })))?.id).toBe(user.id);
});

test.each([
  [{}, false],
  [{ authorization: "Basic YTpi" }, false],
  [{ authorization: "Bearer lf_wrong" }, true],
  [{ "x-api-key": "\t" }, true],
  [{ cookie: "next-auth.session-token=%00%ff" }, true],
] as [Record<string, string>, boolean][])("%j is nobody", async (headers, claims) => {
  expect(hasCredentials(sent(headers))).toBe(claims);
  expect(await actorOf(sent(headers))).toBeNull();
});

test.each([
  ["admin", "viewer", { role: "viewer" }],
  ["admin", "member", { role: "member" }],
  ["member", "admin", { role: "member" }],
  ["viewer", "viewer", { role: "viewer" }],
  ["member", "viewer", { role: "member", limitedTo: "viewer" }],
  ["viewer", "member", { role: "member", limitedTo: "viewer" }],
] as const)("%s and %s together", (a, b, allowed) => {
  expect(bothRoles(a, b)).toEqual(allowed);
});

test("a token of an admin who became a viewer reads only", async () => {
  const user = await aUser("admin");
  const headers = await asToken(user);
  expect((await actorOf(sent(headers)))?.role).toBe("admin");
  await db.user.update({ where: { id: user.id }, data: { role: "viewer" } });
  expect((await actorOf(sent(headers)))?.role).toBe("viewer");
});

test("a token carries its scope", async () => {
  const user = await aUser("member");
  const services = ["019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21"];
  const scoped = await actorOf(sent(await asToken(user, { services, deployOnly: true })));
  expect(scoped?.scope).toEqual({ services, targets: [], deployOnly: true });
  expect((await actorOf(sent(await asToken(user))))?.scope).toBeUndefined();
});

test("whom an administrator asks for a second factor sets one up first; who has one proves it", async () => {
  const user = await aUser("member");
  await db.user.update({ where: { id: user.id }, data: { secondFactorRequired: true } });
  const weak = await asBrowser(user);
  expect((await actorOf(sent(weak)))?.mustProve).toBe(true);
  expect((await actorOf(sent(await asBrowser(user, { strong: true }))))?.mustProve).toBeUndefined();
  await db.totp.create({ data: { userId: user.id, sealedSecret: "x", confirmedAt: new Date() } });
  expect(await actorOf(sent(weak))).toBeNull();
});
