import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { DeploymentList } from "@/components/deployments/deployment-list";
import { deploymentQueries } from "@/components/deployments/queries";
import { Page, PageHeader } from "@/components/layout/page";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { DeploymentFilter } from "@/lib/contracts/deployment";
import { PageQuery } from "@/lib/contracts/page";
import { reachOf } from "@/lib/contracts/permission";
import { listDeployments } from "@/lib/engine/deployment-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("deployments"))("title") };
}

export default async function DeploymentsPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const t = await getTranslations("deployments");
  const actor = await requireActor();
  const filter = DeploymentFilter.safeParse(await searchParams).data ?? {};
  const mine = reachOf(actor.role, "deployment:read") === "any" ? {} : { ownerId: actor.id ?? undefined };
  const list = prefetchPage(deploymentQueries.list(filter), () =>
    listDeployments({ ...filter, ...mine }, PageQuery.parse({})),
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <Prefetched queries={[list]}>
        <DeploymentList />
      </Prefetched>
    </Page>
  );
}
