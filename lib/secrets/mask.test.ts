import fc from "fast-check";
import { expect, test } from "vitest";
import { createGrowingMask, createMask } from "./mask";

const SECRET = "s3cr3t value/+&";

test("masks a value as it is, in URLs, in JSON and in base64", () => {
  const mask = createMask([SECRET]);
  const lines = [
    `token=${SECRET}!`,
    `https://x/?t=${encodeURIComponent(SECRET)}`,
    `basic ${Buffer.from(SECRET).toString("base64")}`,
    `Authorization: Basic ${Buffer.from(`user:${SECRET}`).toString("base64")}`,
  ];
  for (const line of lines) {
    expect(mask(line)).toContain("********");
    expect(mask(line)).not.toContain(SECRET);
  }
});

test("masks every line of a value with several", () => {
  const mask = createMask(["-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----"]);
  expect(mask("read abcdefgh from disk")).toBe("read ******** from disk");
});

test("leaves text without secrets alone, and short values unmasked", () => {
  expect(createMask(["on", ""])("listening on 8080")).toBe("listening on 8080");
});

test("no value is left in any text that held it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 40 }), fc.string(), fc.string(), (value, before, after) => {
      expect(createMask([value])(before + value + after).includes(value)).toBe("********".includes(value));
    }),
  );
});

test("a value that is added on the way is masked from then on, and the others still are", () => {
  const { mask, add } = createGrowingMask(["environment-value"]);
  expect(mask("registry-password environment-value")).toBe("registry-password ********");
  add("registry-password");
  add("registry-password");
  expect(mask("registry-password environment-value")).toBe("******** ********");
  expect(mask(Buffer.from('{"username":"u","password":"registry-password"}').toString("base64"))).toContain("********");
});
