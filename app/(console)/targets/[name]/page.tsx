import type { Metadata } from "next";
import { driftQueries } from "@/components/drift/queries";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch, prefetchPage } from "@/components/layout/prefetched";
import { serviceQueries } from "@/components/services/queries";
import { targetQueries } from "@/components/targets/queries";
import { TargetPage } from "@/components/targets/target-page";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { readTargetDrift } from "@/lib/engine/reconcile/target-drift";
import { listServices } from "@/lib/services/service-store";
import { requireActor } from "@/lib/web/auth/current-user";
import { findTargetOrNot } from "./find-target";

interface Props {
  params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  await requireActor();
  return { title: (await findTargetOrNot((await params).name)).name };
}

export default async function OneTargetPage({ params }: Props) {
  const actor = await requireActor();
  if (!can(actor, "target:read")) return <Forbidden />;
  const found = await findTargetOrNot((await params).name);
  const { name } = found;
  const services = prefetchPage(serviceQueries.list({ target: name }), () =>
    listServices({ target: name, ...ownedBy(actor, "service:read") }, PageQuery.parse({})),
  );
  const drift = prefetch(driftQueries.ofTarget(name), () => readTargetDrift(name, actor));
  return (
    <Prefetched queries={[prefetch(targetQueries.detail(name), async () => found), drift, services]}>
      <TargetPage name={name} />
    </Prefetched>
  );
}
