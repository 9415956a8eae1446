import { expect, test } from "vitest";
import { asAsked, auditExportAddress } from "./queries";

test("a span of days is asked for from its first moment to the first moment after", () => {
  const { from, to, subject } = asAsked({ from: "2026-11-01", to: "2026-11-30", subject: "web" });
  expect(new Date(from ?? "")).toEqual(new Date(2026, 10, 1));
  expect(new Date(to ?? "")).toEqual(new Date(2026, 11, 1));
  expect(subject).toBe("web");
});

test("the file holds what the list shows", () => {
  expect(auditExportAddress({ action: "token.*", subject: "a b" })).toBe(
    "/api/audit?action=token.*&subject=a+b&format=csv",
  );
  expect(auditExportAddress({})).toBe("/api/audit?format=csv");
});
