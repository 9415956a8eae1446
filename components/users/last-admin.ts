import type { UserView } from "@/lib/contracts/user";

/** The one whom nobody may demote or disable. Known only when everybody is on the page; else the server refuses. */
export function lastAdminId(
  users: readonly Pick<UserView, "id" | "role" | "disabledAt">[],
  isComplete: boolean,
): string | undefined {
  const admins = users.filter(({ role, disabledAt }) => role === "admin" && disabledAt === null);
  return isComplete && admins.length === 1 ? admins[0]?.id : undefined;
}
