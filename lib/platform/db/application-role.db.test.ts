import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "./migrate";
import { onServer, urlOfDatabase } from "./test-server";

const name = `test_roles_${randomUUID().slice(0, 8)}`;
const login = { name: `${name}_app`, password: "p'w %d" };
const directory = resolve(import.meta.dirname, "../../../prisma/migrations");
let ownerUrl: string;
let application: pg.Client;

beforeAll(async () => {
  await onServer(inject("serverUrl"), `CREATE DATABASE ${name}`);
  ownerUrl = urlOfDatabase(inject("serverUrl"), name);
  await migrate(ownerUrl, { directory }); // an older installation, with one role
  await migrate(ownerUrl, { directory, application: login });
  application = await connectedAs(login.password);
});
afterAll(async () => {
  await application.end();
  await onServer(inject("serverUrl"), `DROP DATABASE ${name} WITH (FORCE)`);
  await onServer(inject("serverUrl"), `DROP ROLE ${login.name}`);
});

async function connectedAs(password: string): Promise<pg.Client> {
  const url = new URL(ownerUrl);
  url.username = login.name;
  url.password = encodeURIComponent(password);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}

const INSERT =
  "INSERT INTO audit_event (id, actor_name, action, subject_type) VALUES (gen_random_uuid(), 'a', 'b', 'c')";

test("the application writes and reads the audit trail", async () => {
  await application.query(INSERT);
  const { rows } = await application.query("SELECT actor_name FROM audit_event");
  expect(rows).toEqual([{ actor_name: "a" }]);
});

test.each([
  "UPDATE audit_event SET actor_name = 'b'",
  "DELETE FROM audit_event",
  "TRUNCATE audit_event",
  "ALTER TABLE audit_event DISABLE TRIGGER ALL",
  "DROP TABLE audit_event",
  "CREATE RULE r AS ON INSERT TO audit_event DO INSTEAD NOTHING",
  "SET session_replication_role = replica",
  "DELETE FROM _prisma_migrations",
  "ALTER TABLE service ADD COLUMN mine text",
  "CREATE TABLE mine (id int)",
  "ALTER ROLE CURRENT_USER SUPERUSER",
])("the application may not: %s", async (sql) => {
  await expect(application.query(sql)).rejects.toMatchObject({ code: "42501" });
});

test("the application uses every other table, and the queue's", async () => {
  const { rows } = await application.query<{ name: string; may: boolean }>(
    `SELECT c.oid::regclass::text AS name, has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') AS may
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('public', 'pgboss') AND c.relkind IN ('r', 'p')`,
  );
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter(({ may }) => !may).map((row) => row.name)).toEqual([]);
});

test("a new password counts from the next migration on, and nobody else has it", async () => {
  await migrate(ownerUrl, { directory, application: { ...login, password: "another" } });
  await (await connectedAs("another")).end();
  await expect(connectedAs(login.password)).rejects.toMatchObject({ code: "28P01" });
});

test("an owner that may make no roles is told what it needs", async () => {
  const url = new URL(ownerUrl);
  url.username = login.name;
  url.password = "another";
  const migration = migrate(url.href, { directory, application: { name: `${name}_other`, password: "x" } });
  await expect(migration).rejects.toMatchObject({ detail: expect.stringContaining("needs CREATEROLE") });
});
