import { expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { endSession, findSession, type NewSession, startSession } from "./sessions";

const HOUR_MS = 60 * 60_000;
const START = new Date("2026-11-30T12:00:00Z");
const after = (ms: number) => new Date(START.getTime() + ms);
const from = (userId: string, more: Partial<NewSession> = {}): NewSession => ({
  ...{ userId, via: "password", strong: false, ip: "192.0.2.1", userAgent: "Firefox" },
  ...more,
});

test("a session is its cookie's, of which only the hash is kept", async () => {
  const { id } = await aUser();
  const cookie = await startSession(from(id), START);
  const found = await findSession(cookie, "192.0.2.2", { now: START });
  expect(found).toMatchObject({ userId: id, via: "password", ip: "192.0.2.1", userAgent: "Firefox" });
  expect(JSON.stringify(found)).not.toContain(cookie);
  for (const wrong of [undefined, "", "x", `${cookie}x`, cookie.slice(1), [...cookie].reverse().join(""), "a.b.c.d.e"])
    expect(await findSession(wrong, null, { now: START })).toBeNull();
});

test("it ends after twelve hours without use", async () => {
  const { id } = await aUser();
  const cookie = await startSession(from(id), START);
  expect(await findSession(cookie, null, { now: after(12 * HOUR_MS - 1) })).not.toBeNull();
  expect(await findSession(cookie, null, { now: after(24 * HOUR_MS - 2) })).not.toBeNull();
  expect(await findSession(cookie, null, { now: after(36 * HOUR_MS - 2) })).toBeNull();
});

test("it ends after seven days, however much it is used", async () => {
  const { id } = await aUser();
  const cookie = await startSession(from(id), START);
  const week = 7 * 24 * HOUR_MS;
  for (let ms = 0; ms < week; ms += 6 * HOUR_MS)
    expect(await findSession(cookie, null, { now: after(ms) })).not.toBeNull();
  expect(await findSession(cookie, null, { now: after(week - 1) })).not.toBeNull();
  expect(await findSession(cookie, null, { now: after(week) })).toBeNull();
});

test("its last use and address are noted, at most once a minute", async () => {
  const { id } = await aUser();
  const cookie = await startSession(from(id), START);
  const row = () => db.session.findFirstOrThrow({ where: { userId: id } });
  await findSession(cookie, "192.0.2.9", { now: after(59_000) });
  expect(await row()).toMatchObject({ lastUsedAt: START, ip: "192.0.2.1" });
  await findSession(cookie, "192.0.2.9", { now: after(60_000), isUse: false });
  expect(await row()).toMatchObject({ lastUsedAt: START });
  await findSession(cookie, "192.0.2.9", { now: after(60_000) });
  expect(await row()).toMatchObject({ lastUsedAt: after(60_000), ip: "192.0.2.9" });
});

test("it ends by signing out, alone, and with its person", async () => {
  const user = await aUser();
  const [one, other] = [await startSession(from(user.id)), await startSession(from(user.id))];
  await endSession(one);
  expect(await findSession(one, null)).toBeNull();
  expect(await findSession(other, null)).not.toBeNull();
  await db.user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });
  expect(await findSession(other, null)).toBeNull();
});

test("what ended by itself is cleared away when the next one begins", async () => {
  const { id } = await aUser();
  await startSession(from(id), START);
  await startSession(from(id), after(7 * 24 * HOUR_MS));
  expect(await db.session.count({ where: { userId: id } })).toBe(1);
});
