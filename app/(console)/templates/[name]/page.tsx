import type { Metadata } from "next";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { EditTemplate } from "@/components/templates/edit-template";
import { requireActor } from "@/lib/auth/current-user";
import { targetQueries } from "@/lib/client/targets";
import { can } from "@/lib/contracts/permission";
import { listTargets } from "@/lib/targets/target-store";

interface Props {
  params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  await requireActor();
  return { title: decodeURIComponent((await params).name) };
}

export default async function TemplatePage({ params }: Props) {
  const actor = await requireActor();
  if (!can(actor, "template:write")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(targetQueries.list(), listTargets)]}>
      <EditTemplate name={decodeURIComponent((await params).name)} />
    </Prefetched>
  );
}
