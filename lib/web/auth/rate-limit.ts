import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";

const QUARTER_HOUR_S = 15 * 60;
const HOUR_S = 60 * 60;

/** Counted in Postgres, so that all web processes share a count; in memory while the database is unavailable. */
const LIMITS = {
  /** Wrong passwords for one e-mail address from one network. The person can still sign in from elsewhere. */
  "sign-in-person": () => ({ points: 10, durationS: QUARTER_HOUR_S }),
  /** Sign-in attempts from one network address. */
  "sign-in-address": () => ({ points: 30, durationS: QUARTER_HOUR_S }),
  "sign-in-network": () => ({ points: 200, durationS: QUARTER_HOUR_S }),
  /** Wrong current passwords and codes of a signed-in user. */
  password: () => ({ points: 20, durationS: QUARTER_HOUR_S }),
  check: () => ({ points: env.RATE_LIMIT_RPM, durationS: 60 }),
  deploy: () => ({ points: env.RATE_LIMIT_RPM, durationS: 60 }),
  /** Deliveries to hooks, by network address, and by service. */
  "hook-address": () => ({ points: env.HOOK_LIMIT_RPM, durationS: 60 }),
  "hook-service": () => ({ points: env.HOOK_LIMIT_RPM, durationS: 60 }),
  /** Megabytes that a person uploads. */
  upload: () => ({ points: env.UPLOAD_LIMIT_MB_PER_HOUR, durationS: HOUR_S }),
} as const;
export type RateLimit = keyof typeof LIMITS;

/** The part of a Postgres client that the limiter uses, on our own connections. */
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

/** A limit was reached. `isFirst`: the first refused attempt of a period. */
export class RateLimited extends Problem {
  readonly isFirst: boolean;

  constructor(msBeforeNext: number, isFirst: boolean) {
    super("rate-limited", { params: { seconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) } });
    this.isFirst = isFirst;
  }
}

/** Counts an attempt, or `points` of them. Above the limit it throws `rate-limited` with the seconds to wait. */
export async function limitRate(name: RateLimit, key: string, points = 1): Promise<void> {
  const limiter = limiterOf(name);
  await limiter.consume(keyOf(key), points).catch((refused: RateLimiterRes | Error) => {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new RateLimited(refused.msBeforeNext, refused.consumedPoints - points <= limiter.points);
  });
}

let requests: RateLimiterMemory | undefined;

/** Counts a user's request in this process's memory: a query would cost more than most requests. */
export async function limitRequests(personId: string): Promise<void> {
  requests ??= new RateLimiterMemory({ keyPrefix: "request", points: env.PERSON_LIMIT_RPM, duration: 60 });
  await requests.consume(personId).catch((refused: RateLimiterRes) => {
    throw new RateLimited(refused.msBeforeNext, false);
  });
}

/** Resets a key: a person who knows the password was not guessing. */
export async function forgetTries(name: RateLimit, key: string): Promise<void> {
  await limiterOf(name).delete(keyOf(key));
}

/** The key's column is short, and text that Postgres cannot store must not prevent a limit. */
function keyOf(key: string): string {
  return encodeURIComponent(key.toWellFormed()).slice(0, 200);
}
