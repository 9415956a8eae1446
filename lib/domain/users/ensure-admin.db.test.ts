import { beforeEach, expect, test } from "vitest";
import { db } from "@/lib/platform/db/client";
import { isPassword } from "@/lib/platform/secrets/password-hash";
import { ensureAdmin } from "./ensure-admin";

beforeEach(async () => {
  await db.user.deleteMany();
});

test("an empty installation gets one administrator with a password that is told once", async () => {
  const first = await ensureAdmin();
  expect(first).toMatchObject({ made: true, email: "admin@landfall.local", actor: { role: "admin" } });
  expect(first.password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
  const user = await db.user.findUniqueOrThrow({ where: { email: first.email } });
  expect(await isPassword(first.password ?? "", user.passwordHash)).toBe(true);
  const trail = await db.auditEvent.findMany({ where: { subjectId: user.id } });
  expect(trail).toMatchObject([{ action: "user.create", actorName: "landfall" }]);
  expect(JSON.stringify(trail)).not.toContain(first.password);

  expect(await ensureAdmin()).toMatchObject({ made: false, email: first.email, password: null });
  expect(await db.user.count()).toBe(1);
});

test("two processes that start at once make one administrator", async () => {
  const both = await Promise.all([ensureAdmin(), ensureAdmin()]);
  expect(both.filter((admin) => admin.made)).toHaveLength(1);
  expect(await db.user.count()).toBe(1);
});
