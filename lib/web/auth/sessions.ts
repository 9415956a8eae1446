/*
 * A session is a row, and its cookie is a random text of which the row has the hash. The row alone decides: it ends after
 * seven days, after twelve hours without use, by signing out, and when its person ends it or their rights change.
 */
import { createHash, randomBytes } from "node:crypto";
import { db } from "@/lib/platform/db/client";
import { IDLE_SECONDS, looksLikeSession, SESSION_SECONDS } from "./session-cookie";

const LAST_USED_PRECISION_MS = 60_000;
const USER_AGENT_LENGTH = 300;

/** What a sign-in proved, and where it came from. */
export interface NewSession {
  userId: string;
  /** password | passkey | the name of a provider */
  via: string;
  /** Whether a second factor was proven, or a provider answered for the person. */
  strong: boolean;
  ip: string;
  userAgent: string | null;
}

/** Answers the cookie's value, which is kept nowhere. Sessions that have ended by themselves are cleared away. */
export async function startSession(session: NewSession, now = new Date()): Promise<string> {
  const cookie = randomBytes(32).toString("base64url");
  await db.session.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { lastUsedAt: { lte: idleSince(now) } }] },
  });
  await db.session.create({
    data: {
      ...session,
      userAgent: session.userAgent?.toWellFormed().slice(0, USER_AGENT_LENGTH) ?? null,
      hash: hashOf(cookie),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + SESSION_SECONDS * 1_000),
    },
  });
  return cookie;
}

/** The session of a cookie with its user, if both still hold. A use is noted. */
export async function findSession(
  cookie: string | undefined,
  ip: string | null,
  { now = new Date(), isUse = true }: { now?: Date; isUse?: boolean } = {},
) {
  if (!looksLikeSession(cookie)) return null;
  const row = await db.session.findUnique({
    where: { hash: hashOf(cookie) },
    include: { user: { include: { totp: { select: { confirmedAt: true } }, _count: { select: { passkeys: true } } } } },
  });
  if (!row || row.user.disabledAt || row.expiresAt <= now || row.lastUsedAt <= idleSince(now)) return null;
  if (isUse) await markUsed(row, ip, now);
  return row;
}

export async function endSession(cookie: string | undefined): Promise<void> {
  if (looksLikeSession(cookie)) await db.session.deleteMany({ where: { hash: hashOf(cookie) } });
}

/** At most one write a minute for each session. A session that ended meanwhile stays ended. */
async function markUsed(row: { id: string; lastUsedAt: Date; ip: string | null }, ip: string | null, now: Date) {
  const before = new Date(now.getTime() - LAST_USED_PRECISION_MS);
  if (row.lastUsedAt > before) return;
  await db.session.updateMany({
    where: { id: row.id, lastUsedAt: { lte: before } },
    data: { lastUsedAt: now, ip: ip ?? row.ip },
  });
}

function idleSince(now: Date): Date {
  return new Date(now.getTime() - IDLE_SECONDS * 1_000);
}

function hashOf(cookie: string): string {
  return createHash("sha256").update(cookie).digest("hex");
}
