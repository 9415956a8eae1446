import { expect, test } from "vitest";
import { seal, unseal } from "./seal";
import { Secret } from "./secret";

process.env.LANDFALL_SECRET_KEY = "ab".repeat(32);

test("what was sealed comes back, and no two seals look alike", () => {
  const value = { DATABASE_URL: "postgres://u:p@h/db", EMPTY: "", MULTI: "a\nb" };
  const sealed = seal(value);
  expect(unseal(sealed)).toEqual(value);
  expect(sealed).not.toBe(seal(value));
  expect(sealed).not.toContain("postgres");
});

test("a changed seal is refused", () => {
  const sealed = seal("value");
  const at = sealed.length - 3;
  const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  expect(() => unseal(changed)).toThrow();
  expect(() => unseal("2.abc")).toThrow(/unknown version/);
});

test("a secret prints as redacted everywhere", () => {
  const secret = new Secret("hunter22");
  expect(`${secret} ${JSON.stringify({ secret })}`).toBe('[redacted] {"secret":"[redacted]"}');
  expect(secret.reveal()).toBe("hunter22");
});
