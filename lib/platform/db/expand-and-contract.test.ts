import { join } from "node:path";
import { expect, test } from "vitest";
import { VERSION } from "@/lib/platform/version";
import { breaksOlderVersions } from "./expand-and-contract";
import { readMigrationFiles } from "./migration-files";

/** The last migration before updates without downtime existed. */
const BEFORE_THE_RULE = "20261121065140_stacks";

test("no migration breaks the version before it", async () => {
  const files = await readMigrationFiles(join(process.cwd(), "prisma/migrations"));
  const broken = files
    .filter(({ name }) => name > BEFORE_THE_RULE)
    .flatMap(({ name, sql }) => breaksOlderVersions(sql, VERSION).map((why) => `${name} ${why}`));
  expect(broken).toEqual([]);
});

test.each([
  'ALTER TABLE "a" DROP COLUMN "b";',
  'ALTER TABLE "a" ADD COLUMN "x" TEXT,\nDROP COLUMN "b";',
  'DROP TABLE "a";',
  'ALTER TABLE "a" RENAME TO "b";',
  'ALTER TABLE "a" RENAME COLUMN "b" TO "c";',
  'ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE TEXT;',
  'ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL;',
  'ALTER TABLE "a" ADD COLUMN "b" TEXT NOT NULL;',
  'ALTER TABLE "a" ADD COLUMN "c" INT DEFAULT 1, ADD COLUMN "b" TEXT NOT NULL;',
  'DELETE FROM "a";',
])("%s takes something from an older version", (sql) => {
  expect(breaksOlderVersions(sql, "0.3.0")).toHaveLength(1);
  expect(breaksOlderVersions(`-- contract: unused since 0.2.0\n${sql}`, "0.3.0")).toEqual([]);
  expect(breaksOlderVersions(`-- contract: unused since 0.3.1\n${sql}`, "0.3.0")).toHaveLength(1);
});

test.each([
  'CREATE TABLE "a" ("b" TEXT NOT NULL);',
  'ALTER TABLE "a" ADD COLUMN "b" TEXT NOT NULL DEFAULT \'\';',
  'ALTER TABLE "a" ADD COLUMN "b" TEXT DEFAULT \'\' NOT NULL;',
  'ALTER TABLE "a" ADD COLUMN "b" TEXT;',
  '-- DROP TABLE "a"\nDROP INDEX "i";\nCREATE INDEX "i" ON "a"("b");',
  'ALTER TABLE "a" ADD CONSTRAINT "c" FOREIGN KEY ("b") REFERENCES "d"("id") ON DELETE CASCADE;',
])("%s only adds", (sql) => {
  expect(breaksOlderVersions(sql, "0.3.0")).toEqual([]);
});
