import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { complaintsAbout, forTheServer, withPresentKeys } from "./environment-file";

const EXAMPLE = `
LANDFALL_DOMAIN=console.example.com
# NEXTAUTH_URL=
LANDFALL_ADMIN_EMAIL=admin@example.com
DATABASE_URL=postgresql://landfall@postgres:5432/landfall
DATABASE_PASSWORD_FILE=/run/secrets/postgres-password
LANDFALL_SECRET_KEY_FILE=/run/secrets/secret-key
`;
const GIVEN = EXAMPLE.replaceAll("example.com", "acme.test");

test("a whole file has nothing wrong with it; its secrets are read where they are", () => {
  expect(complaintsAbout(GIVEN, EXAMPLE)).toEqual([]);
});

test("every variable that is missing, untouched or wrong is named, and no value is", () => {
  expect(complaintsAbout("LANDFALL_DOMAIN=console.example.com", EXAMPLE)).toEqual([
    "DATABASE_PASSWORD_FILE is not set.",
    "DATABASE_URL is not set.",
    "LANDFALL_ADMIN_EMAIL is not set.",
    "LANDFALL_SECRET_KEY_FILE is not set.",
    "LANDFALL_DOMAIN is still what the example says.",
  ]);
  const wrong = complaintsAbout(`${GIVEN}PORT=many\nLANDFALL_SECRET_KEY=hunter2\n`, EXAMPLE).join("\n");
  expect(wrong).toContain("PORT: ");
  expect(wrong).toContain("LANDFALL_SECRET_KEY: ");
  expect(wrong).not.toContain("hunter2");
});

test("a password may stand in the database's address", () => {
  const own = GIVEN.replace(/DATABASE_PASSWORD_FILE.*\n/, "").replace("landfall@", "landfall:word@");
  expect(complaintsAbout(own, EXAMPLE)).toEqual([]);
});

test("how the server is reached stays here", () => {
  const text = "A=1\nSERVER_HOST=10.0.0.4\nexport SSH_KEY_PATH=~/.ssh/id\n# SERVER_PORT=22\nB=2\n";
  expect(forTheServer(text)).toBe("A=1\n# SERVER_PORT=22\nB=2\n");
});

test("an installation with one database role gets two, by the lines of today's example", async () => {
  const text = forTheServer(GIVEN);
  const example = parseEnv(await readFile(".env.production.example", "utf8"));
  const database = Object.entries(example).filter(([name]) => name.startsWith("DATABASE_"));
  expect(database).toHaveLength(4);
  expect(Object.entries(parseEnv(text)).filter(([name]) => name.startsWith("DATABASE_"))).toEqual(database);
  expect(parseEnv(text)).toMatchObject(parseEnv(GIVEN.replaceAll(/DATABASE_.*\n/g, "")));
  // A file with two roles, another database, or another password stays as it is.
  for (const own of [
    text,
    GIVEN.replace("@postgres", "@db.acme.test"),
    GIVEN.replace("secrets/postgres-", "secrets/my-"),
  ])
    expect(forTheServer(own)).toBe(own);
});

test("a role of one's own with the owner's password is told what to write", () => {
  const own = GIVEN.replace("/landfall\n", "/landfall?connect_timeout=5\n");
  const [complaint, ...others] = complaintsAbout(own, EXAMPLE);
  expect(others).toEqual([]);
  expect(complaint).toContain("\nDATABASE_OWNER_PASSWORD_FILE=/run/secrets/postgres-password");
});

test("an older release opens what is sealed under the present key", () => {
  const older = "A=old\nLANDFALL_SECRET_KEY=old\nDATABASE_URL=old\n";
  const present = "A=new\nLANDFALL_SECRET_KEY=new,old\nDATABASE_PASSWORD_FILE=/run/secrets/p\n";
  expect(withPresentKeys(older, present)).toBe(
    "A=old\nLANDFALL_SECRET_KEY=new,old\nDATABASE_PASSWORD_FILE=/run/secrets/p\n",
  );
});
