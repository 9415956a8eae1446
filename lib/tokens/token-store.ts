import { ownedBy } from "@/lib/contracts/authorize";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { type Actor, Role, type TokenView } from "@/lib/contracts/user";
import { db, type Prisma } from "@/lib/db/client";

export const WITH_OWNER = { user: { select: { id: true, name: true } } } as const;

export function toTokenView(row: Prisma.ApiTokenGetPayload<{ include: typeof WITH_OWNER }>): TokenView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: Role.parse(row.role),
    owner: row.user,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Newest first; the revoked and expired ones too, so that one can see what they were used for. */
export async function listTokens(actor: Actor, page: PageQuery): Promise<Page<TokenView>> {
  const { ownerId } = ownedBy(actor, "token:read");
  const rows = await db.apiToken.findMany({
    where: { userId: ownerId, ...(page.after ? { id: { lt: page.after } } : {}) },
    orderBy: { id: "desc" },
    take: page.limit + 1,
    include: WITH_OWNER,
  });
  return toPage(rows.map(toTokenView), page.limit);
}
