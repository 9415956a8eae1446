import type { Commit } from "@/lib/contracts/git-source";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { commitOf, type SourceDescription, type SourceRevision } from "@/lib/contracts/source";
import type { SourcePort } from "@/lib/drivers/driver";
import type { Secret } from "@/lib/platform/secrets/secret";
import { storedAccess } from "@/lib/sources/git/git-access";
import { describeSource, materialiseSource, resolveSource } from "@/lib/sources/registry";
import type { ReadContext, SourceReader } from "@/lib/sources/source";
import { type ClaimedDeployment, storeInSpec } from "./claim-deployment";

type Deployment = Pick<ClaimedDeployment, "id" | "fencing" | "serviceId"> & {
  spec: DeploymentSpec;
  service: { owner: { role: string } };
};

/** Where the deployment's story is told. */
interface Listener {
  log(line: string): void;
  /** Told of every secret before a source is read with it. */
  onSecret(secret: Secret): void;
  resolved(commit: Commit, description: SourceDescription): void;
}
const NOBODY: Listener = { log: () => {}, onSecret: () => {}, resolved: () => {} };

/** How a phase reads the source of its deployment. */
export function createSourcePort(deployment: Deployment, listener: Listener = NOBODY): SourcePort {
  const reader: SourceReader = {
    isAdministrator: deployment.service.owner.role === "admin",
    gitAccess: storedAccess(deployment.serviceId, (secret) => listener.onSecret(secret)),
    commit: deployment.spec.commit,
    log: (line) => listener.log(line),
  };
  return {
    async materialise(request) {
      const context = { ...request, reader };
      const revision = await revisionOf(deployment, context, listener);
      return materialiseSource(deployment.spec.source, revision, context);
    },
  };
}

/**
 * Resolved before the first read and stored with the deployment, so that later phases, a worker that takes over and a
 * rollback to the release all get the same revision. Rejects with HandedOver when another worker has taken over.
 */
async function revisionOf(
  deployment: Deployment,
  { signal, reader }: ReadContext,
  listener: Listener,
): Promise<SourceRevision | null> {
  const { spec } = deployment;
  if (spec.revision) return spec.revision;
  const revision = await resolveSource(spec.source, { signal, reader });
  if (revision === null) return null;
  await storeInSpec(deployment, { revision });
  const commit = commitOf(revision);
  if (commit !== null) listener.resolved(commit, describeSource(spec.source, revision));
  return revision;
}
