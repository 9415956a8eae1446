import { createCipheriv } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keyRing, parseKeys } from "./key-ring";
import { holdsPermit, permitOlder, readOlder, seal, sealAnew, unseal, writeFormat } from "./seal";
import { revealAll, Secret, type Secrets, secretsOf } from "./secret";

const PLACE = { table: "environment_revision", column: "sealed", id: "0193a0f2-0000-7000-8000-000000000000" };
const sealText = (text: string) => seal(new Secret(text), PLACE);
const unsealText = (text: string) => unseal<Secret>(text, PLACE).reveal();
const OLD = "ab".repeat(32);
const NEW = "cd".repeat(32);
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-keys-"));
  file = join(directory, "secret.key");
  await keep(OLD);
  vi.stubEnv("LANDFALL_SECRET_KEY_FILE", file);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  readOlder(false);
  writeFormat(3);
  await rm(directory, { recursive: true });
});

/** As a rotation writes the file: under another name, then renamed. */
async function keep(...keys: string[]): Promise<void> {
  await writeFile(`${file}.new`, keys.join("\n"));
  await rename(`${file}.new`, file);
}

/** The format from before texts named their key. */
function sealNameless(value: unknown, key: string): string {
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "hex"), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return `1.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}

test("what was sealed comes back, and no two seals look alike", () => {
  const value = { DATABASE_URL: "postgres://u:p@h/db", EMPTY: "", MULTI: "a\nb" };
  const sealed = seal(secretsOf(value), PLACE);
  expect(revealAll(unseal<Secrets>(sealed, PLACE))).toEqual(value);
  expect(sealed).not.toBe(seal(secretsOf(value), PLACE));
  expect(sealed).not.toContain("postgres");
});

test("a changed seal is refused", () => {
  const sealed = sealText("value");
  const at = sealed.length - 3;
  const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  expect(() => unsealText(changed)).toThrow();
  readOlder(true);
  for (const text of ["4.a.abc", "", "3.abc", "2.abc", "1.abc.def"])
    expect(() => unsealText(text)).toThrow(/unknown version/);
});

test("a text names the key it is under, and tells nothing of it", () => {
  const [key] = keyRing();
  expect(sealText("value").split(".")[1]).toBe(key.id);
  expect(OLD).not.toContain(key.id);
});

test("the first key seals, every key opens, and one that is gone is named", async () => {
  const old = sealText("value");
  await keep(OLD, NEW);
  expect(sealText("value").split(".")[1]).toBe(parseKeys(OLD)[0].id);
  await keep(NEW, OLD);
  expect(unsealText(old)).toBe("value");
  const anew = sealAnew(old, PLACE);
  await keep(NEW);
  expect(unsealText(anew)).toBe("value");
  expect(() => unsealText(old)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
});

test("texts from before keys had names are readable while that is permitted, under whichever key they are", async () => {
  const text = sealNameless({ A: "1" }, OLD);
  expect(() => unsealText(text)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
  readOlder(true);
  expect(revealAll(unseal<Secrets>(text, PLACE))).toEqual({ A: "1" });
  await keep(NEW, OLD);
  expect(revealAll(unseal<Secrets>(text, PLACE))).toEqual({ A: "1" });
  expect(sealAnew(text, PLACE)).toMatch(/^3\./);
  await keep(NEW);
  expect(() => unsealText(text)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
});

test("a key file that is half written or gone takes no keys from who has them", async () => {
  const sealed = sealText("value");
  await keep("abc");
  expect(unsealText(sealed)).toBe("value");
  await rm(file);
  expect(unsealText(sealed)).toBe("value");
});

test.each(["", "\n", "abc", `${OLD},xyz`])("%j is no list of keys", (text) => {
  expect(() => parseKeys(text)).toThrow();
});

test("keys stand in lines or between commas", () => {
  expect(parseKeys(`${NEW}\n${OLD}\n`)).toEqual(parseKeys(`${NEW}, ${OLD.toUpperCase()}`));
});

test("a secret prints as redacted everywhere", () => {
  const secret = new Secret("hunter22");
  expect(`${secret} ${JSON.stringify({ secret })}`).toBe('[redacted] {"secret":"[redacted]"}');
  expect(secret.reveal()).toBe("hunter22");
});

test("a text opens at its own place only: not in another row, column or table", () => {
  const sealed = sealText("value");
  expect(unsealText(sealed)).toBe("value");
  for (const other of [{ id: "0193a0f2-0000-7000-8000-000000000001" }, { column: "history" }, { table: "target" }])
    expect(() => unseal(sealed, { ...PLACE, ...other })).toThrow();
});

test("what processes of an older version seal is readable and written while that is permitted, and refused afterwards", () => {
  writeFormat(2);
  const older = sealText("value");
  expect(older).toMatch(/^2\./);
  // Even in its own place: an unbound text could have been moved there.
  expect(() => unsealText(older)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
  expect(() => sealAnew(older, PLACE)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
  readOlder(true);
  expect(unseal<Secret>(older, { ...PLACE, id: "anywhere" }).reveal()).toBe("value");
  writeFormat(3);
  expect(sealAnew(older, PLACE)).toMatch(/^3\./);
  expect(() => unseal(sealAnew(older, PLACE), { ...PLACE, id: "anywhere" })).toThrow();
});

test("only the key permits the older formats, and only for a time", async () => {
  const soon = permitOlder(new Date(Date.now() + 60_000));
  expect(holdsPermit(soon)).toBe(true);
  expect(holdsPermit(permitOlder(new Date(Date.now() - 1)))).toBe(false);
  writeFormat(2);
  expect(permitOlder(new Date())).toMatch(/^3\./);
  const elsewhere = seal(new Secret(new Date(Date.now() + 60_000).toISOString()), PLACE);
  writeFormat(3);
  const bound = seal(new Secret(new Date(Date.now() + 60_000).toISOString()), PLACE);
  readOlder(true);
  for (const forged of [elsewhere, bound, "3.00000000.AAAA", "", "x", null, undefined])
    expect(holdsPermit(forged)).toBe(false);
  await keep(NEW);
  expect(holdsPermit(soon)).toBe(false);
});
