import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { cache } from "react";
import * as z from "zod";
import { deploymentTitle } from "@/components/deployments/deployment-title";
import { DeploymentView } from "@/components/deployments/deployment-view";
import { deploymentQueries, NEWEST_LINES } from "@/components/deployments/queries";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import type { DeploymentState } from "@/lib/contracts/deployment";
import { can } from "@/lib/contracts/permission";
import type { PhaseKey } from "@/lib/contracts/phase";
import { findDeployment } from "@/lib/engine/deployment-store";
import { readLog } from "@/lib/engine/log-store";
import { requireActor } from "@/lib/web/auth/current-user";

interface Props {
  params: Promise<{ deploymentId: string }>;
}

/** Another owner's deployment is treated as missing. */
const find = cache(async (id: string) => {
  const actor = await requireActor();
  const found = z.uuid().safeParse(id).success ? await findDeployment(id) : null;
  if (!found || !can(actor, "deployment:read", found)) notFound();
  return found;
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const deployment = await find((await params).deploymentId);
  const t = await getTranslations();
  const words = {
    phase: (key: PhaseKey) => t(`phases.${key}`),
    state: (state: DeploymentState) => t(`states.${state}`),
  };
  return { title: deploymentTitle(deployment, words) };
}

/**
 * No loading.tsx here or above: content inside such a boundary is sent last, hidden, and moved into place by a script.
 * A deployment and its newest lines are two short reads, so the log itself is in the first answer.
 */
export default async function DeploymentPage({ params }: Props) {
  const { deploymentId } = await params;
  const { ownerId: _, ...view } = await find(deploymentId);
  const detail = prefetch(deploymentQueries.detail(deploymentId), async () => view);
  const newestLines = prefetch(deploymentQueries.newestLines(deploymentId, view.logLines), async () => {
    return (await readLog(deploymentId, { limit: NEWEST_LINES })).lines;
  });
  return (
    <Prefetched queries={[detail, newestLines]}>
      <DeploymentView id={deploymentId} />
    </Prefetched>
  );
}
