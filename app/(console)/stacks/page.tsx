import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch, prefetchPage } from "@/components/layout/prefetched";
import { StackFilter, stackQueries } from "@/components/stacks/queries";
import { StackList } from "@/components/stacks/stack-list";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listOwnedStacks, listStackOffers } from "@/lib/domain/stacks/stack-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("stacks"))("title") };
}

export default async function StacksPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const actor = await requireActor();
  if (!can(actor, "service:read")) return <Forbidden />;
  const all = can(actor, "service:read", { ownerId: null });
  const filter = all ? (StackFilter.safeParse(await searchParams).data ?? {}) : {};
  const list = prefetchPage(stackQueries.list(all ? { ...filter, all: "true" } : {}), () =>
    listOwnedStacks({ all, ...filter }, PageQuery.parse({}), actor),
  );
  return (
    <Prefetched queries={[list, prefetch(stackQueries.offers(), () => listStackOffers(actor))]}>
      <StackList />
    </Prefetched>
  );
}
