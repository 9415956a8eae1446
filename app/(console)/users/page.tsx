import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { userQueries } from "@/components/users/queries";
import { UserList } from "@/components/users/user-list";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listUsers } from "@/lib/domain/users/user-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("users"))("title") };
}

export default async function UsersPage() {
  const actor = await requireActor();
  if (!can(actor, "user:read")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetchPage(userQueries.list(), () => listUsers(PageQuery.parse({})))]}>
      <UserList />
    </Prefetched>
  );
}
