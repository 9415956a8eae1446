import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { Role, type UserView } from "@/lib/contracts/user";
import { db, type Prisma } from "@/lib/platform/db/client";

export const withFactors = {
  accounts: { select: { id: true, provider: true }, orderBy: { provider: "asc" } },
  totp: { select: { confirmedAt: true } },
  _count: { select: { passkeys: true } },
} as const satisfies Prisma.UserInclude;

export function toUserView(row: Prisma.UserGetPayload<{ include: typeof withFactors }>): UserView {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: Role.parse(row.role),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    secondFactor: row.totp?.confirmedAt != null || row._count.passkeys > 0,
    secondFactorRequired: row.secondFactorRequired,
    accounts: row.accounts,
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Newest first. */
export async function listUsers(page: PageQuery): Promise<Page<UserView>> {
  const rows = await db.user.findMany({
    where: page.after ? { id: { lt: page.after } } : {},
    include: withFactors,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  return toPage(rows.map(toUserView), page.limit);
}

export async function findUser(id: string): Promise<UserView | null> {
  const row = await db.user.findUnique({ where: { id }, include: withFactors });
  return row && toUserView(row);
}
