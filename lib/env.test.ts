import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readEnv, withFiles } from "./env";

const folder = mkdtempSync(join(tmpdir(), "landfall-env-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const settings = (given: Record<string, string>) => given as unknown as NodeJS.ProcessEnv;
const needed = {
  DATABASE_URL: "postgresql://landfall@postgres:5432/landfall",
  LANDFALL_SECRET_KEY: "0".repeat(64),
};

test("a setting comes from the file that NAME_FILE names, without the line end an editor leaves", () => {
  const given = withFiles(settings({ REGISTRY_TOKEN_FILE: file("token", "two words \n"), HOST: "", PORT: "80" }));
  expect(given).toEqual({ REGISTRY_TOKEN: "two words ", PORT: "80" });
  expect(withFiles(settings({ REGISTRY_TOKEN_FILE: file("lines", "a\n\n") }))).toEqual({ REGISTRY_TOKEN: "a\n" });
});

test("a file that cannot be read, and a setting that is given twice, are named; values are not", () => {
  const read = () =>
    readEnv(
      settings({ ...needed, LANDFALL_SECRET_KEY_FILE: file("key", "secret"), GITHUB_ID_FILE: join(folder, "no") }),
    );
  expect(read).toThrow(/LANDFALL_SECRET_KEY: is given twice/);
  expect(read).toThrow(/GITHUB_ID_FILE: .*\/no cannot be read \(ENOENT\)/);
  expect(read).not.toThrow(/secret\b/);
});

test("what is in a file is checked like anything else, and names that are not ours stay what they are", () => {
  expect(() => readEnv(settings({ ...needed, PORT_FILE: file("port", "many") }))).toThrow(/PORT/);
  expect(withFiles(settings({ SSL_CERT_FILE: "/etc/ssl/cert.pem" }))).toEqual({ SSL_CERT_FILE: "/etc/ssl/cert.pem" });
});

test("the password of the database may stand apart from its address", () => {
  const password = "p@ss/w%rd:é";
  const url = readEnv(settings({ ...needed, DATABASE_PASSWORD_FILE: file("password", `${password}\n`) })).DATABASE_URL;
  expect(decodeURIComponent(new URL(url).password)).toBe(password);
  const inAddress = { DATABASE_URL: "postgresql://landfall:own@db/landfall", DATABASE_PASSWORD: "other" };
  expect(readEnv(settings({ ...needed, ...inAddress })).DATABASE_URL).toBe("postgresql://landfall:own@db/landfall");
});
