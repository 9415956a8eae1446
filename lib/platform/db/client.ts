import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { Pool } from "pg";
import { env } from "@/lib/platform/env";
import { Prisma, PrismaClient } from "./generated/client";

/** Connections of this process. A web and a worker together stay well under the limit of a small Postgres. */
const POOL_SIZE = 12;

function connect(): PrismaClient {
  const adapter = new PrismaPg({
    connectionString: env.DATABASE_URL.reveal(),
    max: POOL_SIZE,
    application_name: "landfall",
  });
  return new PrismaClient({ adapter: nameLostConnections(keepPool(adapter)), errorFormat: "minimal" });
}

// Next loads a module once per route bundle, so the client is shared through globalThis.
const shared = globalThis as { landfallDb?: PrismaClient; landfallPool?: Pool };

function keepPool(factory: PrismaPg): SqlDriverAdapterFactory {
  const connect = async () => {
    const connected = await factory.connect();
    shared.landfallPool = connected.underlyingDriver();
    return connected;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect };
}

/** The current use of this process's connections; undefined before the first. */
export function poolUse(): { idle: number; busy: number; waiting: number; limit: number } | undefined {
  const pool = shared.landfallPool;
  if (!pool) return undefined;
  const { idleCount: idle, totalCount, waitingCount: waiting } = pool;
  return { idle, busy: totalCount - idle, waiting, limit: POOL_SIZE };
}

/** Connects on first use, so that an import needs no database (next build). */
export const db: PrismaClient = new Proxy({} as PrismaClient, {
  get(_, name) {
    shared.landfallDb ??= connect();
    const value: unknown = Reflect.get(shared.landfallDb, name);
    return typeof value === "function" ? value.bind(shared.landfallDb) : value;
  },
});

export type Tx = Prisma.TransactionClient;
export { Prisma };

export function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(work, { maxWait: 5_000, timeout: 15_000 });
}

/** Closes this process's connections. The next use opens new ones. */
export async function disconnect(): Promise<void> {
  await shared.landfallDb?.$disconnect();
  shared.landfallDb = undefined;
}

/** SQLSTATE connection_failure. */
const CONNECTION_FAILURE = "08006";

/**
 * A connection that ends during a query, without an error from the server or the socket, rejects with a bare Error.
 * Only its text identifies it, so it gets a code here, where its origin is known.
 */
function nameLostConnections(factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory {
  const { provider, adapterName } = factory;
  return { provider, adapterName, connect: async () => named(await factory.connect().catch(nameIt)) };
}

/** Wraps an object so that its promises, and those of transactions it starts, reject with a code. */
function named<T extends object>(queryable: T): T {
  return new Proxy(queryable, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args);
        if (!(result instanceof Promise)) return result;
        return result.then((answer) => (name === "startTransaction" ? named(answer as object) : answer), nameIt);
      };
    },
  });
}

/** Errors of the server and the socket have a code. Errors of Prisma, and bugs of ours, have their own class. */
function nameIt(error: unknown): never {
  if (error instanceof Error && error.constructor === Error && !("code" in error))
    throw Object.assign(error, { code: CONNECTION_FAILURE });
  throw error;
}
