import { parse } from "dotenv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { toDotenv } from "./dotenv";

const written = (values: Record<string, string>) => toDotenv(secretsOf(values)).reveal();

/** Parses as a Dokploy server does; returns the value again, or undefined where it cannot be written. */
function readBack(value: string): string | undefined {
  try {
    return parse(written({ BEFORE: "1", VALUE: value, AFTER: "a b" })).VALUE;
  } catch (error) {
    if (error instanceof Problem && error.code === "environment-unwritable") return undefined;
    throw error;
  }
}

const tricky = fc
  .array(fc.constantFrom(..."abc ='\"`\\#$\n\t{}%!&éع", "$", "{A}", "$B", "\\n", "export "), { maxLength: 24 })
  .map((parts) => parts.join(""));

test("every value that is written is read back as it was", () => {
  fc.assert(
    fc.property(fc.oneof(tricky, fc.string({ unit: "binary", maxLength: 40 })), (value) => {
      expect([value, undefined]).toContain(readBack(value));
    }),
    { numRuns: 1_500 },
  );
});

test("one variable is not read as part of another", () => {
  fc.assert(
    fc.property(tricky, (value) => {
      const text = (() => {
        try {
          return written({ BEFORE: "1", VALUE: value, AFTER: "a b" });
        } catch {
          return null;
        }
      })();
      if (text !== null) expect(parse(text)).toEqual({ BEFORE: "1", VALUE: value, AFTER: "a b" });
    }),
    { numRuns: 1_500 },
  );
});

test.each([["a\rb"], ["$" + "{{project.SECRET}}"], ["'`\"#\\"]])(
  "what cannot be written is refused by its name: %j",
  (value) => {
    expect(() => written({ TOKEN: value })).toThrow(
      expect.objectContaining({ code: "environment-unwritable", params: { name: "TOKEN" } }),
    );
  },
);

test.each([[""], ["plain"], ["a b"], ["a#b"], ["it's"], ["\"x\" 'y'"], ["two\nlines"], ["$HOME"], ["a\\"]])(
  "%j is written",
  (value) => {
    expect(readBack(value)).toBe(value);
  },
);
