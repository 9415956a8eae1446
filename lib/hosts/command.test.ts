import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exportLines, quote } from "./command";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("'", '"', "\\", "$", "`", "\n", " ", "!", "*", "~", "-", "%", "=", "#", "é", "日", "😀"),
    maxLength: 12,
  }),
);
/** No NUL (impossible in an argument) and no lone surrogate (not text: UTF-8 has no form for it). */
const argument = text.map((value) => value.replaceAll("\0", "").toWellFormed());

/** What a script prints; one shell reads many cases, because starting it takes longer than all of them. */
function printed(script: string): string[] {
  return execFileSync("/bin/sh", { input: script, encoding: "utf8" }).split("\0").slice(0, -1);
}

test("a POSIX shell reads back exactly the arguments that were quoted", () => {
  const lists = fc.array(fc.array(argument, { minLength: 1, maxLength: 8 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(lists, (given) => {
      // Each list is one call, and its number shows where it ends.
      const script = given.map((args, at) => `printf '%s\\0' ${quote(args)} ${at}`).join("\n");
      expect(printed(`${script}\n`)).toEqual(given.flatMap((args, at) => [...args, String(at)]));
    }),
    { numRuns: 4 },
  );
});

test("exported values arrive exactly through a shell's standard input", () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 20, maxLength: 40 }), (values) => {
      const names = values.map((_, at) => `VALUE_${at}`);
      const lines = exportLines(Object.fromEntries(values.map((value, at) => [`VALUE_${at}`, value])));
      expect(printed(`${lines}printf '%s\\0' ${names.map((name) => `"$${name}"`).join(" ")}\n`)).toEqual(values);
    }),
    { numRuns: 3 },
  );
});

test("plain words stay readable and the empty argument is kept", () => {
  expect(quote(["npm", "run", "build:all", "--if-present", ""])).toBe("npm run build:all --if-present ''");
});

test("an argument with NUL is refused, never cut", () => {
  expect(() => quote(["a\0b"])).toThrow(RangeError);
});
