import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { Pace } from "./pace";
import type { StackContext } from "./stack-phase";

type Settling = Pick<StackContext, "dokploy" | "signal" | "progress">;

/** Drops the application's waiting jobs and waits until none of it runs: no call stops one that does. */
export async function settle(ctx: Settling, applicationId: string): Promise<void> {
  try {
    await ctx.dokploy.cleanQueue(applicationId, ctx.signal);
    for (const pace = new Pace(); await isBusy(ctx, applicationId); await pace.wait(ctx.signal))
      ctx.progress({ facts: [fact("other-deployment-runs")] });
  } catch (error) {
    if (!(error instanceof Problem && error.code === "platform-gone")) throw error;
  }
}

async function isBusy({ dokploy, signal }: Settling, applicationId: string): Promise<boolean> {
  const [jobs, deployments] = await Promise.all([
    dokploy.listJobs(signal),
    dokploy.listDeployments(applicationId, signal),
  ]);
  const hasJob = jobs?.some((job) => job.applicationId === applicationId) ?? false;
  return hasJob || deployments.some(({ status }) => status === "running");
}
