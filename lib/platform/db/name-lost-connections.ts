import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";

/** SQLSTATE connection_failure. */
const CONNECTION_FAILURE = "08006";

/**
 * A connection that ends under a query, without a word from the server and without an error of the socket, rejects with
 * a bare Error: only its text says what it was. It gets its code here, the one place that knows where it comes from.
 */
export function nameLostConnections(factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory {
  const { provider, adapterName } = factory;
  return { provider, adapterName, connect: async () => named(await factory.connect().catch(nameIt)) };
}

/** The same object, whose promises reject with a code; a transaction it starts is of this kind too. */
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

/** What the server or the socket said has a code, and what Prisma or a mistake of ours threw has a class of its own. */
function nameIt(error: unknown): never {
  if (error instanceof Error && error.constructor === Error && !("code" in error))
    throw Object.assign(error, { code: CONNECTION_FAILURE });
  throw error;
}
