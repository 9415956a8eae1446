import { createCipheriv } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keyRing, parseKeys } from "./key-ring";
import { seal, sealAnew, unseal } from "./seal";
import { Secret } from "./secret";

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
  await rm(directory, { recursive: true });
});

/** As the rotation writes it: beside, then in its place. */
async function keep(...keys: string[]): Promise<void> {
  await writeFile(`${file}.new`, keys.join("\n"));
  await rename(`${file}.new`, file);
}

/** As texts were before they named their key. */
function sealNameless(value: unknown, key: string): string {
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "hex"), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return `1.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}

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
  for (const text of ["3.abc", "", "2.abc", "1.abc.def"]) expect(() => unseal(text)).toThrow(/unknown version/);
});

test("a text names the key it is under, and tells nothing of it", () => {
  const [key] = keyRing();
  expect(seal("value").split(".")[1]).toBe(key.id);
  expect(OLD).not.toContain(key.id);
});

test("the first key seals, every key opens, and one that is gone is named", async () => {
  const old = seal("value");
  await keep(OLD, NEW);
  expect(seal("value").split(".")[1]).toBe(parseKeys(OLD)[0].id);
  await keep(NEW, OLD);
  expect(unseal(old)).toBe("value");
  const anew = sealAnew(old);
  await keep(NEW);
  expect(unseal(anew)).toBe("value");
  expect(() => unseal(old)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
});

test("texts from before keys had names stay readable, under whichever key they are", async () => {
  const text = sealNameless({ A: "1" }, OLD);
  expect(unseal(text)).toEqual({ A: "1" });
  await keep(NEW, OLD);
  expect(unseal(text)).toEqual({ A: "1" });
  expect(sealAnew(text)).toMatch(/^2\./);
  await keep(NEW);
  expect(() => unseal(text)).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
});

test("a key file that is half written or gone takes no keys from who has them", async () => {
  const sealed = seal("value");
  await keep("abc");
  expect(unseal(sealed)).toBe("value");
  await rm(file);
  expect(unseal(sealed)).toBe("value");
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
