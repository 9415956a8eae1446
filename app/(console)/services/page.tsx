import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch, prefetchPage } from "@/components/layout/prefetched";
import { ServiceFilter, serviceQueries } from "@/components/services/queries";
import { ServiceList } from "@/components/services/service-list";
import { targetQueries } from "@/components/targets/queries";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listServices } from "@/lib/services/service-store";
import { listTargets } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("services"))("title") };
}

export default async function ServicesPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const actor = await requireActor();
  if (!can(actor, "service:read")) return <Forbidden />;
  const filter = ServiceFilter.safeParse(await searchParams).data ?? {};
  const list = prefetchPage(serviceQueries.list(filter, "name"), () =>
    listServices({ ...filter, order: "name", ...ownedBy(actor, "service:read") }, PageQuery.parse({})),
  );
  return (
    <Prefetched queries={[list, prefetch(targetQueries.list(), () => listTargets(actor))]}>
      <ServiceList />
    </Prefetched>
  );
}
