import { getTimeZone } from "next-intl/server";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { Overview } from "@/components/overview/overview";
import { requireActor } from "@/lib/auth/current-user";
import { overviewQueries } from "@/lib/client/overview";
import { readOverview } from "@/lib/overview/read-overview";

export default async function OverviewPage() {
  const actor = await requireActor();
  const timeZone = await getTimeZone();
  return (
    <Prefetched queries={[prefetch(overviewQueries.of(timeZone), () => readOverview(actor, timeZone))]}>
      <Overview />
    </Prefetched>
  );
}
