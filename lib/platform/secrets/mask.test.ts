import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGrowingMask, createMask, createPieceMask } from "./mask";
import { Secret } from "./secret";

const MASK = "********";
const SECRET = `s3cr3t "va'lue"/+&\\<é😀>`;

const OTHER = `pa55w0rd'x"yz$%/-?\\>ü🙂[q`;

const maskOf = (values: string[]) => createMask(values.map((value) => new Secret(value)));

const utf8 = (text: string) => Buffer.from(text);
const percent = (text: string) => encodeURIComponent(text.toWellFormed());
const allPercent = (text: string) => [...utf8(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const allUnicode = (text: string) =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** Ambiguous when the value itself contains such an escape. */
const WITHOUT_BACKSLASH = "unicode escapes of foreign letters alone";

/** The forms in which programs print a value. */
const FORMS: Record<string, (value: string) => string> = {
  "as it is": (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  "json of PHP": (value) => JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
  "json in json": (value) => JSON.stringify(JSON.stringify(value)).slice(3, -3),
  "unicode escapes": allUnicode,
  "unicode escapes in capitals": (value) => allUnicode(value).toUpperCase().replaceAll("\\U", "\\u"),
  [WITHOUT_BACKSLASH]: (value) => value.replaceAll(/[^ -~]/g, (unit) => allUnicode(unit)),
  "escapes of C": (value) => [...utf8(value)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  "octal escapes": (value) => [...utf8(value)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
  html: (value) =>
    value.replaceAll(
      /[&<>"']/g,
      (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character] ?? "&#x27;",
    ),
  "html by number": (value) => Array.from(value, (character) => `&#${character.codePointAt(0)};`).join(""),
  "in single quotes of a shell": (value) => value.replaceAll("'", `'\\''`),
  "in single quotes of Python's shlex": (value) => value.replaceAll("'", `'"'"'`),
  "in double quotes of a shell": (value) => value.replaceAll(/[\\"$`]/g, "\\$&"),
  "escaped for a shell": (value) => value.replaceAll(/[^\w@%+=:,./\n-]/gu, "\\$&"),
  "in single quotes of SQL or YAML": (value) => value.replaceAll("'", "''"),
  "for a compose file": (value) => value.replaceAll("$", "$$$$"),
  percent,
  "percent in small letters": (value) => percent(value).replaceAll(/%../g, (code) => code.toLowerCase()),
  "percent for every byte": allPercent,
  "percent twice": (value) => percent(percent(value)),
  "of a form": (value) => new URLSearchParams({ v: value.toWellFormed() }).toString().slice(2),
  "of an address": (value) => encodeURI(value.toWellFormed()),
  hex: (value) => utf8(value).toString("hex"),
  "hex in capitals": (value) => utf8(value).toString("hex").toUpperCase(),
  "hex at an odd place": (value) => `0x5${utf8(value).toString("hex")}`,
  "hex with spaces": (value) => inspect(utf8(value), { maxArrayLength: null }).replace("<Buffer ", ""),
  "hex with colons": (value) =>
    utf8(value)
      .toString("hex")
      .replaceAll(/..(?=.)/g, "$&:"),
  base64: (value) => utf8(value).toString("base64"),
  base64url: (value) => utf8(value).toString("base64url"),
  "base64 after one byte": (value) => utf8(`:${value}`).toString("base64"),
  "base64 after two bytes": (value) => utf8(`u:${value}!`).toString("base64"),
  "base64 next to letters": (value) => `x${utf8(value).toString("base64url")}`,
  "base64 of base64": (value) => utf8(utf8(`user:${value}`).toString("base64")).toString("base64"),
  "base64 in lines": (value) => utf8(`name: ${value}`).toString("base64").replaceAll(/.{16}/g, "$&\n"),
  "base64 in an address": (value) => encodeURIComponent(utf8(value).toString("base64")),
  "base64 of json": (value) => utf8(JSON.stringify({ username: "u", password: value })).toString("base64"),
  "terminal codes in between": (value) => [...value].join("\x1b[0;31m"),
  "terminal codes in json": (value) => JSON.stringify([...value].join("\x1b[1m")).slice(1, -1),
};

test.each(Object.entries(FORMS))("a value is masked %s", (_, form) => {
  const masked = maskOf([SECRET])(`before= ${form(SECRET)} after`);
  expect(masked).toMatch(/^before= .*\*{8}.* after$/s);
  const secretPart = differing(form(SECRET), form(OTHER));
  const left = [...secretPart].map((_, at) => secretPart.slice(at, at + 8)).filter((part) => part.length === 8);
  expect(left.filter((part) => masked.includes(part))).toEqual([]);
});

/** Without the prefix and suffix that every value has in this form. */
function differing(form: string, other: string): string {
  const start = [...form].findIndex((character, at) => character !== other[at]);
  const end = [...form].findIndex((_, at) => form.at(-1 - at) !== other.at(-1 - at));
  return form.slice(start, form.length - end);
}

test("no form of any value is left in any text that held it", () => {
  const character = fc.oneof(
    fc.constantFrom(..."\\%&'\"$+/;#xu41nN [m=-é"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const value = fc
    .array(character, { minLength: 9, maxLength: 80 })
    .map((parts) => parts.join("").replaceAll("\x1b", "").trim().toWellFormed());
  // A value's first and last characters are read together with their surroundings; quotes separate them.
  fc.assert(
    fc.property(value, fc.constantFrom(...Object.keys(FORMS)), (secret, name) => {
      fc.pre(secret.length > 8 && !(name === WITHOUT_BACKSLASH && /\\[xuU0-7]/.test(secret)));
      const form = (FORMS[name] as (value: string) => string)(secret);
      const masked = maskOf([secret])(`x = ${form} ;`);
      expect(masked.includes(form), `${name}: ${JSON.stringify(masked)}`).toBe(MASK.includes(form));
    }),
    { numRuns: 200 },
  );
});

test("a value of 65,536 characters, and many values, are masked in every form, in long texts too", () => {
  const long = Array.from({ length: 65_536 / 16 }, (_, index) => `${index}-${"x".repeat(16)}`.slice(0, 16)).join("");
  const many = Array.from({ length: 2_000 }, (_, index) => `postgres://user-${index}:pass-${index}@host-${index}/db`);
  const mask = maskOf([long, "x".repeat(25_000), "é".repeat(65_536), ...many]);
  expect(mask(`a ${long} b`)).toBe(`a ${MASK} b`);
  expect(mask(`a ${"x".repeat(25_000)} b ${"é".repeat(65_536)} c`)).toBe(`a ${MASK} b ${MASK} c`);
  expect(mask(`a ${JSON.stringify(`é${long}`)} b`)).toBe(`a "é${MASK}" b`);
  expect(mask(`a ${utf8(long).toString("base64")} b`)).toBe(`a ${MASK} b`);
  expect(mask(`no ${many[1_234]} no`)).toBe(`no ${MASK} no`);
  expect(mask(`rows ${"-".repeat(30)} ${"=".repeat(30)}`)).toBe(`rows ${"-".repeat(30)} ${"=".repeat(30)}`);
});

test("a part of a long value is masked wherever it is, all but what its ends share with no piece", () => {
  const long = Array.from({ length: 40 }, (_, index) => utf8(`${index * 7919}`).toString("base64url")).join("");
  const part = long.slice(100, 200);
  const masked = maskOf([long])(`read ${part} from disk`);
  expect(masked).toMatch(/^read .{0,23}\*{8}.{0,23} from disk$/);
});

test("what cuts a text cuts no value free: its beginning at the end, its end at the beginning", () => {
  const mask = maskOf(["kJ8s-92jd!kqpZ", "postgres://u:kJ8s@h/production"]);
  expect(mask("token kJ8s-92jd!k")).toBe(`token ${MASK}`);
  expect(mask("92jd!kqpZ was refused")).toBe(`${MASK} was refused`);
  expect(mask("production is up, see postgres://")).toBe("production is up, see postgres://");
});

test("a value across two pieces of a line is masked in both, to its first and last character", () => {
  const value = "kJ8s-92j";
  for (let before = 1; before < value.length; before++) {
    const piece = createPieceMask(maskOf([value]));
    const line = `${"x".repeat(64 - before)}${value} and so on`;
    expect(piece(line.slice(0, 64), true)).toBe(`${"x".repeat(64 - before)}${MASK}`);
    expect(piece(line.slice(64), false)).toBe(`${MASK} and so on`);
    expect(piece(value.slice(before), false)).toBe(value.slice(before)); // the next line is independent
  }
});

test("also where its base64 goes on in the next piece", () => {
  const line = `${"x ".repeat(25)}${utf8("kJ8s-92jd!kqpZ").toString("base64")} end`;
  const piece = createPieceMask(maskOf(["kJ8s-92jd!kqpZ"]));
  expect(piece(line.slice(0, 60), true) + piece(line.slice(60), false)).toBe(`${"x ".repeat(25)}${MASK}${MASK} end`);
});

test("masks every line of a value with several, and not how keys begin and end", () => {
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\nAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n";
  const mask = maskOf([key]);
  expect(mask("read AAAABG5vbmU from disk")).toBe(`read ${MASK} from disk`);
  expect(mask("-----BEGIN OPENSSH PRIVATE KEY-----")).toBe("-----BEGIN OPENSSH PRIVATE KEY-----");
  expect(mask(JSON.stringify({ key }))).toBe(
    `{"key":"-----BEGIN OPENSSH PRIVATE KEY-----\\n${MASK}\\n-----END OPENSSH PRIVATE KEY-----\\n"}`,
  );
});

test("leaves text without secrets alone, and values that are short, words of every day or Landfall's own", () => {
  const line = "production build on port 5432: Validation of release 3, postgres://localhost:5432/production";
  expect(maskOf(["on", "", "production", "build", "5432", "Validation", "release"])(line)).toBe(line);
  expect(maskOf(["on", ""])("listening on 8080")).toBe("listening on 8080");
});

test("half a character, NUL and bytes of no text are no reason to fail", () => {
  const mask = maskOf(["\ud800abcd", "x\0y\0z", "%E0%A4%A", "\\u{110000}", "&#9999999;"]);
  for (const text of [
    "\udc00",
    "%E0%A4%A",
    "\\u{110000} &#9999999; &#xffffff;",
    "\\",
    "\\u",
    "%",
    "\x1b",
    "\x1b[",
    "&#;",
    "",
  ])
    expect(() => mask(text)).not.toThrow();
  expect(mask("a \udc00 b")).toBe("a \udc00 b");
});

test("a value that is added on the way is masked from then on, and the others still are", () => {
  const { mask, add } = createGrowingMask([new Secret("environment-value")]);
  expect(mask("registry-password environment-value")).toBe(`registry-password ${MASK}`);
  add(new Secret("registry-password"));
  add(new Secret("registry-password"));
  expect(mask("registry-password environment-value")).toBe(`${MASK} ${MASK}`);
  expect(mask(utf8('{"username":"u","password":"registry-password"}').toString("base64"))).toContain(MASK);
});
