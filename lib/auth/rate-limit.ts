import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/db/client";
import { env } from "@/lib/env";

/** Counted in Postgres, so that several web processes share one count; in memory while it is away. */
const LIMITS = {
  /** Wrong passwords for one e-mail address, wherever they come from. */
  "sign-in-email": () => ({ points: 10, durationS: 15 * 60 }),
  /** Sign-ins tried from one network address. */
  "sign-in-address": () => ({ points: 30, durationS: 15 * 60 }),
  check: () => ({ points: env.RATE_LIMIT_RPM, durationS: 60 }),
  deploy: () => ({ points: env.RATE_LIMIT_RPM, durationS: 60 }),
} as const;
export type RateLimit = keyof typeof LIMITS;

/** What the limiter asks of a Postgres client, answered by the connections that are there already. */
const storeClient = {
  async query({ text, values }: { text: string; values: unknown[] }) {
    const rows = await db.$queryRawUnsafe<{ points?: number; expire?: bigint | null }[]>(text, ...values);
    return {
      rows: rows.map((row) => ({ ...row, expire: row.expire == null ? null : Number(row.expire) })),
      rowCount: rows.length,
    };
  },
};

const limiters = new Map<RateLimit, RateLimiterPostgres>();

function limiterOf(name: RateLimit): RateLimiterPostgres {
  const known = limiters.get(name);
  if (known) return known;
  const { points, durationS } = LIMITS[name]();
  const limiter = new RateLimiterPostgres({
    storeClient,
    storeType: "client",
    tableName: "rate_limit",
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: durationS,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration: durationS }),
  });
  limiters.set(name, limiter);
  return limiter;
}

/** Counts one try. Throws `rate-limited` with the seconds to wait once there were too many. */
export async function limitRate(name: RateLimit, key: string): Promise<void> {
  await limiterOf(name)
    .consume(keyOf(key))
    .catch((refused: RateLimiterRes | Error) => {
      if (refused instanceof Error) throw refused;
      throw new Problem("rate-limited", { params: { seconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)) } });
    });
}

/** Forgets the tries of a key: somebody who knows the password was not guessing. */
export async function forgetTries(name: RateLimit, key: string): Promise<void> {
  await limiterOf(name).delete(keyOf(key));
}

/** The key's column is short, and text that Postgres cannot store must not decide whether somebody is limited. */
function keyOf(key: string): string {
  return encodeURIComponent(key.toWellFormed()).slice(0, 200);
}
