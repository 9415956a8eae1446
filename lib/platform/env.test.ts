import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, expect, test } from "vitest";
import { env, forgetSecrets, readEnv, withFiles } from "@/lib/platform/env";

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
  const url = readEnv(
    settings({ ...needed, DATABASE_PASSWORD_FILE: file("password", `${password}\n`) }),
  ).DATABASE_URL.reveal();
  expect(decodeURIComponent(new URL(url).password)).toBe(password);
  const inAddress = { DATABASE_URL: "postgresql://landfall:own@db/landfall", DATABASE_PASSWORD: "other" };
  const own = readEnv(settings({ ...needed, ...inAddress })).DATABASE_URL;
  expect(own.reveal()).toBe("postgresql://landfall:own@db/landfall");
});

test("the addresses of the database are secrets, with the password in them or beside them", () => {
  const addresses = {
    DATABASE_URL: "postgresql://landfall:s3cret@db/landfall",
    DATABASE_OWNER_URL: "postgres://o:s3cret@db/l",
  };
  const read = readEnv(settings({ ...needed, ...addresses }));
  const beside = readEnv(settings({ ...needed, DATABASE_PASSWORD: "s3cret" }));
  for (const { DATABASE_URL, DATABASE_OWNER_URL } of [read, beside])
    expect(`${DATABASE_URL} ${DATABASE_OWNER_URL} ${inspect({ DATABASE_URL, DATABASE_OWNER_URL })}`).not.toContain(
      "s3cret",
    );
  expect(`${JSON.stringify([read, beside])} ${inspect([read, beside])}`).not.toContain("s3cret");
  expect(() => readEnv(settings({ ...needed, DATABASE_URL: "mysql://a:s3cret@b/c" }))).toThrow(
    /^(?!.*s3cret).*DATABASE_URL/s,
  );
});

test("secrets leave the environment once they are read; what is read stays, and paths of files are no secrets", () => {
  const source = settings({
    ...needed,
    METRICS_TOKEN: "a token of sixteen",
    REGISTRY_TOKEN_FILE: file("t", "x"),
    HOST: "::1",
    MY_PASSWORD: "x",
  });
  forgetSecrets(source);
  expect(source).toEqual({ REGISTRY_TOKEN_FILE: file("t", "x"), HOST: "::1" });
  expect([env.METRICS_TOKEN?.reveal(), env.HOST]).toEqual(["a token of sixteen", "::1"]);
  expect(`${inspect(env.METRICS_TOKEN)} ${JSON.stringify(readEnv(settings(needed)))}`).not.toMatch(/sixteen|0{64}/);
});
