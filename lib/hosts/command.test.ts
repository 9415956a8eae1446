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

test("a POSIX shell reads back exactly the arguments that were quoted", () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 8 }), (args) => {
      const out = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${quote(args)}`], { encoding: "utf8" });
      expect(out.split("\0").slice(0, -1)).toEqual(args);
    }),
    { numRuns: 150 },
  );
});

test("exported values arrive exactly through a shell's standard input", () => {
  fc.assert(
    fc.property(argument, (value) => {
      const script = `${exportLines({ VALUE: value })}printf '%s.' "$VALUE"`;
      expect(execFileSync("/bin/sh", { input: script, encoding: "utf8" })).toBe(`${value}.`);
    }),
    { numRuns: 75 },
  );
});

test("plain words stay readable and the empty argument is kept", () => {
  expect(quote(["npm", "run", "build:all", "--if-present", ""])).toBe("npm run build:all --if-present ''");
});

test("an argument with NUL is refused, never cut", () => {
  expect(() => quote(["a\0b"])).toThrow(RangeError);
});
