/* Vitest's global setup: one Postgres for the whole run, with one migrated database that the test files copy. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "./embedded-postgres";
import { migrate } from "./migrate";

declare module "vitest" {
  interface ProvidedContext {
    /** For creating and dropping databases. */
    serverUrl: string;
    templateDatabase: string;
  }
}

interface Server {
  url: string;
  stop(): Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `landfall_template_${process.pid}`;
  await onServer(server.url, `CREATE DATABASE ${template}`);
  await migrate(urlOfDatabase(server.url, template), {
    directory: resolve(import.meta.dirname, "../../../prisma/migrations"),
  });
  project.provide("serverUrl", server.url);
  project.provide("templateDatabase", template);
  return async () => {
    await onServer(server.url, `DROP DATABASE ${template} WITH (FORCE)`);
    await server.stop();
  };
}

/** The Postgres of DATABASE_URL (its user must be allowed to create databases), else an embedded one. */
async function startServer(): Promise<Server> {
  const given = process.env.DATABASE_URL;
  if (given) return { url: given, stop: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), "landfall-test-"));
  const server = await startEmbeddedPostgres({ directory, database: "landfall", durable: false });
  const stop = async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  };
  return { url: server.url, stop };
}

export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
