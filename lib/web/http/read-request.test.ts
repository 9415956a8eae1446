import fc from "fast-check";
import { expect, test } from "vitest";
import { findUnstorable } from "./read-request";

test.each([
  [{ a: ["x", { b: "\0" }] }, [["a", 1, "b"], "nul-character"]],
  [{ "\ud800": 1 }, [["\ud800"], "nul-character"]],
  [JSON.parse('{"a":{"__proto__":{}}}'), [["a", "__proto__"], "unknown-field"]],
  ["\udc00", [[], "nul-character"]],
])("%j cannot be stored", (value, found) => {
  expect(findUnstorable(value).map(({ path, code }) => [path, code])).toEqual([found]);
});

test("what is nested too deeply is found without being walked", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
  expect(findUnstorable(deep).map(({ code }) => code)).toEqual(["too-deep"]);
});

test("everything wrong is found, up to a limit", () => {
  expect(findUnstorable(Array.from({ length: 5_000 }, () => "\0"))).toHaveLength(100);
});

test("whatever else JSON can say is left alone", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "grapheme", maxDepth: 10 }), (value) => {
      const text = JSON.stringify(value);
      const strange = text.includes("\\u0000") || text.includes('"__proto__":') || !text.isWellFormed();
      expect(findUnstorable(value).length > 0).toBe(strange);
    }),
  );
});
