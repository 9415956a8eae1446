import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import * as z from "zod";
import { DeploymentView } from "@/components/deployments/deployment-view";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { requireActor } from "@/lib/auth/current-user";
import { deploymentQueries } from "@/lib/client/deployments";
import { can } from "@/lib/contracts/permission";
import { findDeployment } from "@/lib/deployments/deployment-store";

interface Props {
  params: Promise<{ deploymentId: string }>;
}

/** What belongs to somebody else is as unknown as what is not there. */
const find = cache(async (id: string) => {
  const actor = await requireActor();
  const found = z.uuid().safeParse(id).success ? await findDeployment(id) : null;
  if (!found || !can(actor, "deployment:read", found)) notFound();
  return found;
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { service, number } = await find((await params).deploymentId);
  return { title: `${service.name} #${number}` };
}

export default async function DeploymentPage({ params }: Props) {
  const { deploymentId } = await params;
  const { ownerId: _, ...view } = await find(deploymentId);
  return (
    <Prefetched queries={[prefetch(deploymentQueries.detail(deploymentId), async () => view)]}>
      <DeploymentView id={deploymentId} />
    </Prefetched>
  );
}
