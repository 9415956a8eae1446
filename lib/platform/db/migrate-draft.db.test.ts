import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { draftMigration } from "./migrate-draft";
import { testDatabase } from "./test-database";
import { onServer, urlOfDatabase } from "./test-server";

const schema = await readFile(resolve(import.meta.dirname, "../../../prisma/schema.prisma"), "utf8");

/** Every column, constraint and index of a database, as Postgres describes them. */
const DESCRIPTION = `
  SELECT format('column %s.%s %s null:%s default:%s', table_name, column_name, data_type, is_nullable, column_default) AS line
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
  UNION SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '_prisma_migrations'
  UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
  ORDER BY line`;

async function describeDatabase(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ line: string }>(DESCRIPTION)).rows.map((row) => row.line);
  } finally {
    await client.end();
  }
}

test("the migrations lead to what schema.prisma says, plus what it cannot say", async () => {
  const { url } = await testDatabase();
  const fromSchema = `test_from_schema_${randomBytes(4).toString("hex")}`;
  await onServer(inject("serverUrl"), `CREATE DATABASE ${fromSchema}`);
  const schemaUrl = urlOfDatabase(inject("serverUrl"), fromSchema);
  await onServer(schemaUrl, await draftMigration({ databaseUrl: url, to: schema }));

  const [migrated, wanted] = [await describeDatabase(url), await describeDatabase(schemaUrl)];
  expect(
    wanted.filter((line) => !migrated.includes(line)),
    "run: npm run draft-migration -- <name>",
  ).toEqual([]);
  expect(migrated.filter((line) => !wanted.includes(line))).toEqual([
    "CREATE INDEX deployment_release_command_idx ON public.deployment USING btree (service_id, number) WHERE (release_command IS NOT NULL)",
    "CREATE INDEX deployment_untallied_idx ON public.deployment USING btree (id) WHERE (NOT tallied)",
    "CREATE UNIQUE INDEX service_name_live_key ON public.service USING btree (name) WHERE (deleted_at IS NULL)",
    "CREATE UNIQUE INDEX target_name_live_key ON public.target USING btree (name) WHERE (deleted_at IS NULL)",
  ]);
  await onServer(inject("serverUrl"), `DROP DATABASE ${fromSchema}`);
});

test("a change of schema.prisma becomes SQL for the next migration", async () => {
  const { url } = await testDatabase();
  const changed = schema.replace("model ApiToken {", "model ApiToken {\n  note String?");
  const sql = await draftMigration({ databaseUrl: url, from: schema, to: changed });
  expect(sql).toContain('ALTER TABLE "api_token" ADD COLUMN     "note" TEXT');
  expect(sql).not.toContain("CREATE TABLE");
});
