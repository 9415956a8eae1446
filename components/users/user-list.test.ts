import { expect, test } from "vitest";
import { lastAdminId } from "./user-list";

const admin = { id: "a", role: "admin", disabledAt: null } as const;
const disabledAdmin = { id: "b", role: "admin", disabledAt: "2026-11-20T12:00:00Z" } as const;
const member = { id: "c", role: "member", disabledAt: null } as const;

test("one admin who can sign in is the last one", () => {
  expect(lastAdminId([member, admin, disabledAdmin], true)).toBe("a");
});

test("of two, neither is", () => {
  expect(lastAdminId([admin, { ...admin, id: "d" }], true)).toBeUndefined();
});

test("a list that goes on may hold another", () => {
  expect(lastAdminId([admin, member], false)).toBeUndefined();
});
