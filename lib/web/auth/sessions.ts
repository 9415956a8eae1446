/*
 * A session is a row, and its cookie is a random text whose hash is in the row. Only the row decides its validity: it
 * ends after seven days, after twelve hours without use, at sign-out, and when its user ends it or their permissions
 * change.
 */
import { createHash, randomBytes } from "node:crypto";
import { db } from "@/lib/platform/db/client";
import { IDLE_SECONDS, looksLikeSession, SESSION_SECONDS } from "./session-cookie";

const LAST_USED_PRECISION_MS = 60_000;
const USER_AGENT_LENGTH = 300;

/** What a sign-in proved, and its origin. */
export interface NewSession {
  userId: string;
  /** password | passkey | the name of a provider */
  via: string;
  /** Was a second factor proven, or does a provider vouch for the person? */
  strong: boolean;
  ip: string;
  userAgent: string | null;
}

/** Returns the cookie's value, which is not stored. Also deletes expired sessions. */
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

/** The valid session of a cookie with its user. Records the use. */
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

/** At most one write a minute per session. A session that ended meanwhile stays ended. */
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
