import { db } from "@/lib/platform/db/client";
import { tokenHash } from "@/lib/platform/secrets/token-hash";

const TOKEN = /^lf_[0-9A-Za-z]{27}$/;
const LAST_USED_PRECISION_MS = 60_000;

/** The token and its owner, if both may still be used; notes that it was used. */
export async function findToken(token: string, now = new Date()) {
  if (!TOKEN.test(token)) return null;
  const row = await db.apiToken.findUnique({ where: { hash: tokenHash(token) }, include: { user: true } });
  if (!row || row.revokedAt || row.user.disabledAt || (row.expiresAt && row.expiresAt <= now)) return null;
  await markUsed(row, now);
  return row;
}

/** At most one write a minute for each token, however many requests and processes use it. */
async function markUsed(row: { id: string; lastUsedAt: Date | null }, now: Date): Promise<void> {
  const before = new Date(now.getTime() - LAST_USED_PRECISION_MS);
  if (row.lastUsedAt && row.lastUsedAt > before) return;
  await db.apiToken.updateMany({
    where: { id: row.id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: before } }] },
    data: { lastUsedAt: now },
  });
}
