import { expect, test } from "vitest";
import { tokenStatus } from "./token-list";

const now = new Date("2026-11-20T12:00:00Z");
const before = "2026-11-20T11:59:59Z";
const after = "2026-11-20T12:00:01Z";

test.each([
  [null, null, "usable"],
  [null, after, "usable"],
  [null, before, "expired"],
  [null, now.toISOString(), "expired"],
  [before, after, "revoked"],
  [before, before, "revoked"],
])("revoked at %s, expiring at %s is %s", (revokedAt, expiresAt, status) => {
  expect(tokenStatus({ revokedAt, expiresAt }, now)).toBe(status);
});
