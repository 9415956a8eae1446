import { deploymentQueries } from "@/components/deployments/queries";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { ServiceOverview } from "@/components/services/service-overview";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery } from "@/lib/contracts/page";
import { listDeployments } from "@/lib/engine/deployment-store";
import { requireActor } from "@/lib/web/auth/current-user";
import { findService } from "./find-service";

/** The browser requests the runtime state: a slow host must not delay the page. */
export default async function ServicePage({ params }: { params: Promise<{ name: string }> }) {
  const { name: service } = await findService((await params).name);
  const mine = ownedBy(await requireActor(), "deployment:read");
  const history = prefetchPage(deploymentQueries.list({ service }), () =>
    listDeployments({ service, ...mine }, PageQuery.parse({})),
  );
  return (
    <Prefetched queries={[history]}>
      <ServiceOverview name={service} />
    </Prefetched>
  );
}
