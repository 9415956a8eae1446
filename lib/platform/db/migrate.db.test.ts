import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { migrate } from "./migrate";
import { onServer, urlOfDatabase } from "./test-server";

const OURS = resolve(import.meta.dirname, "../../../prisma/migrations");
const OUR_NAMES = readdirSync(OURS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

let database: string;
let url: string;
let directory: string;

beforeEach(async () => {
  database = `test_migrate_${randomBytes(4).toString("hex")}`;
  url = urlOfDatabase(inject("serverUrl"), database);
  await onServer(inject("serverUrl"), `CREATE DATABASE ${database}`);
  directory = await mkdtemp(join(tmpdir(), "landfall-migrations-"));
  await cp(OURS, directory, { recursive: true });
});

afterEach(async () => {
  await onServer(inject("serverUrl"), `DROP DATABASE ${database} WITH (FORCE)`);
  await rm(directory, { recursive: true });
});

async function rows<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, "migration.sql"), sql);
}

describe("an empty database", () => {
  test("gets every migration, recorded as the Prisma CLI records it, and the queue's tables", async () => {
    const { applied } = await migrate(url, { directory });
    expect(applied).toEqual(OUR_NAMES);
    const history = await rows(
      "SELECT migration_name, length(checksum) AS digits, finished_at IS NOT NULL AS finished, applied_steps_count FROM _prisma_migrations ORDER BY migration_name",
    );
    expect(history).toEqual(
      OUR_NAMES.map((name) => ({ migration_name: name, digits: 64, finished: true, applied_steps_count: 1 })),
    );
    expect(await rows("SELECT count(*)::int AS count FROM pgboss.job")).toEqual([{ count: 0 }]);
  });

  test("is migrated once when two processes start at the same time", async () => {
    const results = await Promise.all([
      migrate(url, { directory }),
      migrate(url, { directory }),
      migrate(url, { directory }),
    ]);
    expect(results.flatMap((result) => result.applied)).toEqual(OUR_NAMES);
  });
});

describe("a database that is up to date", () => {
  beforeEach(() => migrate(url, { directory }));

  test("is left as it is", async () => {
    expect(await migrate(url, { directory })).toEqual({ applied: [] });
  });

  test("gets only what is new", async () => {
    await addMigration("29990101000000_more", "CREATE TABLE more (id int)");
    expect(await migrate(url, { directory })).toEqual({ applied: ["29990101000000_more"] });
  });

  test("is refused when it is newer than the code, and told which migration is unknown", async () => {
    await addMigration("29990101000000_more", "CREATE TABLE more (id int)");
    await migrate(url, { directory });
    await expect(migrate(url, { directory: OURS })).rejects.toMatchObject({
      code: "database-newer",
      params: { migration: "29990101000000_more" },
    });
  });

  test("is refused when its queue is newer than the code", async () => {
    await rows("UPDATE pgboss.version SET version = version + 1");
    await expect(migrate(url, { directory })).rejects.toMatchObject({ code: "database-newer" });
  });

  test("is refused when an applied migration was changed", async () => {
    await writeFile(join(directory, "20261120230000_init", "migration.sql"), "SELECT 1");
    await expect(migrate(url, { directory })).rejects.toMatchObject({ code: "migration-changed" });
  });

  test("is refused when another tool left a migration unfinished", async () => {
    await rows("UPDATE _prisma_migrations SET finished_at = NULL");
    await expect(migrate(url, { directory })).rejects.toMatchObject({ code: "migration-failed" });
  });
});

describe("a migration that fails", () => {
  test("leaves nothing of itself, and is applied by the next start once it is mended", async () => {
    await addMigration("29990101000000_bad", "CREATE TABLE half (id int); SELECT 1/0");
    await expect(migrate(url, { directory })).rejects.toMatchObject({
      code: "migration-failed",
      params: { migration: "29990101000000_bad" },
    });
    expect(await rows("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);

    await writeFile(join(directory, "29990101000000_bad", "migration.sql"), "CREATE TABLE half (id int)");
    expect(await migrate(url, { directory })).toEqual({ applied: ["29990101000000_bad"] });
  });
});

describe("what the schema file cannot say", () => {
  beforeEach(() => migrate(url, { directory }));

  test.each(["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"])(
    "the audit trail refuses %s",
    async (sql) => {
      await rows(
        "INSERT INTO audit_event (id, actor_name, action, subject_type) VALUES (gen_random_uuid(), 'a', 'b', 'c')",
      );
      await expect(rows(sql)).rejects.toMatchObject({ code: "42501" });
      expect(await rows("SELECT action FROM audit_event")).toEqual([{ action: "b" }]);
    },
  );

  test("a name is unique among the services that were not removed", async () => {
    await rows(
      `INSERT INTO "user" (id, email, name, role) VALUES ('00000000-0000-0000-0000-000000000001', 'a@b.c', 'a', 'admin')`,
    );
    await rows(
      `INSERT INTO target (id, name, kind, updated_at) VALUES ('00000000-0000-0000-0000-000000000002', 't', 'local', now())`,
    );
    const insert = `INSERT INTO service (id, name, owner_id, target_id, driver, source, port, updated_at)
      VALUES (gen_random_uuid(), 'web', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'process', '{}', 80, now())`;
    await rows(insert);
    await expect(rows(insert)).rejects.toMatchObject({ code: "23505" });
    await rows("UPDATE service SET deleted_at = now()");
    await rows(insert);
    expect(await rows("SELECT count(*)::int AS count FROM service")).toEqual([{ count: 2 }]);
  });
});

test("a target that members use keeps those members, by name, and what their services use", async () => {
  const before = OUR_NAMES.filter((name) => name < "20261130020100");
  await migrate(url, { directory, only: new Set(before) });
  const [admin, ana, ben] = ["0001", "0002", "0003"].map((end) => `019a8f3e-2c44-7d10-9d3c-5b7f0a1e${end}`);
  const [used, unused] = ["1001", "1002"].map((end) => `019a8f3e-2c44-7d10-9d3c-5b7f0a1e${end}`);
  const service = (name: string, owner: string | undefined, driver: string, settings: object, source: object) =>
    `(gen_random_uuid(), '${name}', '${owner}', '${used}', '${driver}', '${JSON.stringify(source)}', '${JSON.stringify(settings)}', 80, now())`;
  const image = (name: string) => ({ kind: "image", image: name });
  await rows(`
    INSERT INTO "user" (id, email, name, role) VALUES
      ('${admin}', 'a@x', 'admin', 'admin'), ('${ana}', 'b@x', 'ana', 'member'), ('${ben}', 'c@x', 'ben', 'member');
    INSERT INTO target (id, name, kind, updated_at) VALUES ('${used}', 'web-1', 'ssh', now()), ('${unused}', 'web-2', 'ssh', now());
    INSERT INTO image_registry (id, host, username, sealed_password, updated_at) VALUES
      (gen_random_uuid(), 'ghcr.io', 'x', 'x', now()), (gen_random_uuid(), 'docker.io', 'x', 'x', now()), (gen_random_uuid(), 'quay.io', 'x', 'x', now());
    INSERT INTO service (id, name, owner_id, target_id, driver, source, settings, port, updated_at) VALUES
      ${service("a", ana, "docker", { network: "db" }, image("ghcr.io/acme/shop:1"))},
      ${service("b", ana, "docker", { network: "host" }, image("nginx:1.27"))},
      ${service("c", ana, "systemd", { user: "www-data" }, { kind: "folder", path: "/srv/apps/c" })},
      ${service("d", ana, "systemd", { user: "root" }, { kind: "archive", uploadId: ana })},
      ${service("e", admin, "docker", { network: "secret" }, image("quay.io/acme/secret"))};
    INSERT INTO service (id, name, owner_id, target_id, driver, source, port, updated_at, deleted_at)
      VALUES (gen_random_uuid(), 'f', '${ben}', '${used}', 'docker', '{}', 80, now(), now())`);
  await migrate(url, { directory });
  expect(await rows("SELECT name, grants FROM target ORDER BY name")).toEqual([
    {
      name: "web-1",
      grants: {
        audience: "people",
        people: [ana],
        networks: ["db"],
        users: ["www-data"],
        registries: ["docker.io", "ghcr.io"],
        sourceRoots: ["/srv/apps/c"],
        ports: [80],
      },
    },
    { name: "web-2", grants: {} },
  ]);
});
