import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";

const QUARTER_HOUR_S = 15 * 60;
const HOUR_S = 60 * 60;

/** Counted in Postgres, so that several web processes share one count; in memory while it is away. */
const LIMITS = {
  /** Wrong passwords for one e-mail address from one network. From elsewhere the person still signs in. */
  "sign-in-person": () => ({ points: 10, durationS: QUARTER_HOUR_S }),
  /** Sign-ins tried from one network address. */
  "sign-in-address": () => ({ points: 30, durationS: QUARTER_HOUR_S }),
  "sign-in-network": () => ({ points: 200, durationS: QUARTER_HOUR_S }),
  /** Wrong present passwords and codes of somebody who is signed in. */
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

/** A limit that is reached. `isFirst`: the try that closed it, of which there is one in each period. */
export class RateLimited extends Problem {
  readonly isFirst: boolean;

  constructor(msBeforeNext: number, isFirst: boolean) {
    super("rate-limited", { params: { seconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) } });
    this.isFirst = isFirst;
  }
}

/** Counts one try, or `points` of them. Throws `rate-limited` with the seconds to wait once there were too many. */
export async function limitRate(name: RateLimit, key: string, points = 1): Promise<void> {
  const limiter = limiterOf(name);
  await limiter.consume(keyOf(key), points).catch((refused: RateLimiterRes | Error) => {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new RateLimited(refused.msBeforeNext, refused.consumedPoints - points <= limiter.points);
  });
}

let requests: RateLimiterMemory | undefined;

/** Counts a request of a person, in this process's memory: a query for each would cost more than most requests. */
export async function limitRequests(personId: string): Promise<void> {
  requests ??= new RateLimiterMemory({ keyPrefix: "request", points: env.PERSON_LIMIT_RPM, duration: 60 });
  await requests.consume(personId).catch((refused: RateLimiterRes) => {
    throw new RateLimited(refused.msBeforeNext, false);
  });
}

/** Forgets the tries of a key: a person who knows the password was not guessing. */
export async function forgetTries(name: RateLimit, key: string): Promise<void> {
  await limiterOf(name).delete(keyOf(key));
}

/** The key's column is short, and text that Postgres cannot store must not decide whether anyone is limited. */
function keyOf(key: string): string {
  return encodeURIComponent(key.toWellFormed()).slice(0, 200);
}
