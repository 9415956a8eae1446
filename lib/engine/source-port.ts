import type { Commit } from "@/lib/contracts/git-source";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { commitOf, type SourceDescription, type SourceRevision } from "@/lib/contracts/source";
import type { SourcePort } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import type { Secret } from "@/lib/platform/secrets/secret";
import { storedAccess } from "@/lib/sources/git/git-access";
import { describeSource, materialiseSource, resolveSource } from "@/lib/sources/registry";
import type { ReadContext, SourceReader } from "@/lib/sources/source";
import type { ClaimedDeployment } from "./claim-deployment";
import { HandedOver } from "./pipeline";

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

/** A restart of the database must not fail the phase that reads the source. */
const DATABASE_PATIENCE_MS = 60_000;

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
  const { id, fencing, spec } = deployment;
  if (spec.revision) return spec.revision;
  const revision = await resolveSource(spec.source, { signal, reader });
  if (revision === null) return null;
  const store = () => db.$executeRaw`
    UPDATE deployment SET spec = jsonb_set(spec, '{revision}', ${JSON.stringify(revision)}::jsonb)
    WHERE id = ${id}::uuid AND fencing = ${fencing}`;
  const stored = await retryTransient(store, { patienceMs: DATABASE_PATIENCE_MS });
  if (stored === 0) throw new HandedOver();
  // The release is created from the spec of this object.
  deployment.spec = { ...spec, revision };
  const commit = commitOf(revision);
  if (commit !== null) listener.resolved(commit, describeSource(spec.source, revision));
  return revision;
}
