import type { DeploymentView } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type RequestOptions, request } from "./request-deployment";

/**
 * Deploys the current release once more, exactly: the image by its digest, its environment and its configuration,
 * whatever the template says by now. Throws no-current-release, not-found, forbidden or target-disabled.
 */
export function requestRepair(
  serviceName: string,
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(serviceName, actor, options, async ({ currentReleaseId }, tx) => {
    if (currentReleaseId === null) throw new Problem("no-current-release");
    const release = await tx.release.findUniqueOrThrow({ where: { id: currentReleaseId } });
    return { kind: "rollback", spec: DeploymentSpec.parse(release.spec), releaseId: release.id };
  });
}
