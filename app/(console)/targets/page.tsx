import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { targetQueries } from "@/components/targets/queries";
import { TargetList } from "@/components/targets/target-list";
import { can } from "@/lib/contracts/permission";
import { listTargets } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("targets"))("title") };
}

export default async function TargetsPage() {
  const actor = await requireActor();
  if (!can(actor, "target:read")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(targetQueries.list(), () => listTargets(actor))]}>
      <TargetList />
    </Prefetched>
  );
}
