import type { DeploymentView } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { rollbackTarget } from "@/lib/releases/release-store";
import { type RequestOptions, request } from "./request-deployment";

/**
 * Going back is a new deployment of an older release: its artifact, environment and configuration. Without a release it
 * is the one before the current. Throws no-previous-release, release-not-restorable, not-found or forbidden.
 */
export function requestRollback(
  input: { serviceName: string; releaseId?: string },
  actor: Actor,
  options: RequestOptions = {},
): Promise<DeploymentView> {
  return request(input.serviceName, actor, options, async (service, tx) => {
    const release = await rollbackTarget(tx, service, input.releaseId);
    if (release.targetId !== service.targetId)
      throw new Problem("release-not-restorable", { params: { reason: "other-target" } });
    return { kind: "rollback", spec: DeploymentSpec.parse(release.spec), releaseId: release.id };
  });
}
