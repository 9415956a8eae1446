import { ownedBy } from "@/lib/contracts/authorize";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { type Actor, Role, type TokenView } from "@/lib/contracts/user";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { tokenHash } from "./make-token";

/** Newest first, with revoked and expired ones, so that people can see what they were used for. */
export async function listTokens(actor: Actor, page: PageQuery): Promise<Page<TokenView>> {
  const { ownerId } = ownedBy(actor, "token:read");
  const rows = await db.apiToken.findMany({
    where: { userId: ownerId, ...(page.after ? { id: { lt: page.after } } : {}) },
    orderBy: { id: "desc" },
    take: page.limit + 1,
    include: WITH_OWNER,
  });
  return toPage(await toTokenViews(rows), page.limit);
}

const TOKEN = /^lf_[0-9A-Za-z]{27}$/;
const LAST_USED_PRECISION_MS = 60_000;

/** The token and its owner, if both are still valid; records the use. */
export async function findToken(token: string, now = new Date()) {
  if (!TOKEN.test(token)) return null;
  const row = await db.apiToken.findUnique({ where: { hash: tokenHash(token) }, include: { user: true } });
  if (!row || row.revokedAt || row.user.disabledAt || (row.expiresAt && row.expiresAt <= now)) return null;
  await markUsed(row, now);
  return row;
}

/** At most one write a minute per token, for any number of requests and processes. */
async function markUsed(row: { id: string; lastUsedAt: Date | null }, now: Date): Promise<void> {
  const before = new Date(now.getTime() - LAST_USED_PRECISION_MS);
  if (row.lastUsedAt && row.lastUsedAt > before) return;
  await db.apiToken.updateMany({
    where: { id: row.id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: before } }] },
    data: { lastUsedAt: now },
  });
}

export const WITH_OWNER = { user: { select: { id: true, name: true } } } as const;

type Row = Prisma.ApiTokenGetPayload<{ include: typeof WITH_OWNER }>;
type Named = { id: string; name: string };

/** Adds the names of the services and targets in their scopes, read for all tokens in one query. */
export async function toTokenViews(rows: readonly Row[], tx: Tx = db): Promise<TokenView[]> {
  const select = { id: true, name: true } as const;
  const [services, targets] = await Promise.all([
    tx.service.findMany({ where: { id: { in: rows.flatMap((row) => row.services) } }, select }),
    tx.target.findMany({ where: { id: { in: rows.flatMap((row) => row.targets) } }, select }),
  ]);
  return rows.map((row) => toTokenView(row, services, targets));
}

function toTokenView(row: Row, services: readonly Named[], targets: readonly Named[]): TokenView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: Role.parse(row.role),
    services: services.filter(({ id }) => row.services.includes(id)),
    targets: targets.filter(({ id }) => row.targets.includes(id)),
    deployOnly: row.deployOnly,
    owner: row.user,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
