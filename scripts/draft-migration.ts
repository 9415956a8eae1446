/* `npm run draft-migration -- <name>`: writes the next migration from what changed in schema.prisma since the last commit. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@/lib/platform/db/embedded-postgres";
import { draftMigration } from "@/lib/platform/db/migrate-draft";

const SCHEMA = "prisma/schema.prisma";

async function draft(name: string): Promise<string> {
  const from = execFileSync("git", ["show", `HEAD:${SCHEMA}`], { encoding: "utf8" });
  const to = await readFile(SCHEMA, "utf8");
  const directory = await mkdtemp(join(tmpdir(), "landfall-draft-"));
  const server = await startEmbeddedPostgres({ directory, database: "draft", durable: false });
  try {
    const sql = await draftMigration({ databaseUrl: server.url, from, to });
    return await writeMigration(name, sql);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

async function writeMigration(name: string, sql: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  const folder = join("prisma/migrations", `${time}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, "migration.sql"), sql);
  return join(folder, "migration.sql");
}

const name = process.argv[2] ?? "";
if (!/^[a-z0-9_]+$/.test(name))
  throw new Error("Name it with small letters, digits and underscores: npm run draft-migration -- add_something");
console.log(`Wrote ${await draft(name)}: read it, complete it, and start Landfall to apply it.`);
process.exit();
