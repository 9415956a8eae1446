import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { Role, type UserView } from "@/lib/contracts/user";
import { db, type Prisma } from "@/lib/db/client";

export function toUserView(row: Prisma.UserGetPayload<object>): UserView {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: Role.parse(row.role),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Newest first. */
export async function listUsers(page: PageQuery): Promise<Page<UserView>> {
  const rows = await db.user.findMany({
    where: page.after ? { id: { lt: page.after } } : {},
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  return toPage(rows.map(toUserView), page.limit);
}

export async function findUser(id: string): Promise<UserView | null> {
  const row = await db.user.findUnique({ where: { id } });
  return row && toUserView(row);
}
