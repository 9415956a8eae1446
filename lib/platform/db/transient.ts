/**
 * Postgres restarted, is starting, or the connection was lost: worth a retry. Recognised by codes only: those of
 * Postgres (class 08, 57P0x, 53300), of the socket, and of Prisma's wrappers of both.
 */
const SQL_STATES = /^(08\w{3}|57P0[1-5]|53300|40001|40P01|55P03)$/;
const CODES = new Set([
  // sockets
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
  // Prisma
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "P2028",
  "P2034",
  // kinds of a Prisma driver adapter
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TooManyConnections",
  "TransactionWriteConflict",
]);
/** The longest chain of wrapped errors to search. */
const MAX_DEPTH = 8;

export function isTransient(error: unknown, depth = 0): boolean {
  if (!isObject(error) || depth > MAX_DEPTH) return false;
  const names = [error.code, error.originalCode, error.kind].filter((name) => typeof name === "string");
  if (names.some((name) => CODES.has(name) || SQL_STATES.test(name))) return true;
  const wrapped = isObject(error.meta) ? error.meta.driverAdapterError : undefined;
  return isTransient(error.cause, depth + 1) || isTransient(wrapped, depth + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const DELAYS_MS = [20, 50, 100, 250, 500, 1_000] as const;

/** Retries `work` while the database is unavailable, up to `patienceMs`. Every other error is rethrown immediately. */
export async function retryTransient<T>(work: () => Promise<T>, { patienceMs }: { patienceMs: number }): Promise<T> {
  const giveUpMs = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || performance.now() > giveUpMs) throw error;
      const delay = DELAYS_MS[Math.min(attempt, DELAYS_MS.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
