import { getTimeZone } from "next-intl/server";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { Overview } from "@/components/overview/overview";
import { overviewQueries } from "@/components/overview/queries";
import { readOverview } from "@/lib/domain/overview/read-overview";
import { requireActor } from "@/lib/web/auth/current-user";

export default async function OverviewPage() {
  const actor = await requireActor();
  const timeZone = await getTimeZone();
  return (
    <Prefetched queries={[prefetch(overviewQueries.of(timeZone), () => readOverview(actor, timeZone))]}>
      <Overview />
    </Prefetched>
  );
}
