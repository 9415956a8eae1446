import type { DeploymentSpec } from "@/lib/contracts/service";
import type { SourceRevision } from "@/lib/contracts/source";
import type { SourcePort } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { materialiseSource, resolveSource } from "@/lib/sources/registry";
import type { ReadContext } from "@/lib/sources/source";
import { HandedOver } from "./pipeline";

interface Deployment {
  id: string;
  fencing: number;
  spec: DeploymentSpec;
}

/** A restart of the database must not fail the phase that reads the source. */
const DATABASE_PATIENCE_MS = 60_000;

/** How a phase reads the source of its deployment. */
export function createSourcePort(deployment: Deployment): SourcePort {
  return {
    async materialise(context) {
      const revision = await revisionOf(deployment, context);
      return materialiseSource(deployment.spec.source, revision, context);
    },
  };
}

/**
 * Resolved before the first read and stored with the deployment, so that later phases, a worker that takes over and a
 * rollback to the release all get the same revision. Rejects with HandedOver when another worker has taken over.
 */
async function revisionOf(deployment: Deployment, { signal }: ReadContext): Promise<SourceRevision | null> {
  const { id, fencing, spec } = deployment;
  if (spec.revision) return spec.revision;
  const revision = await resolveSource(spec.source, { signal });
  if (revision === null) return null;
  const store = () => db.$executeRaw`
    UPDATE deployment SET spec = jsonb_set(spec, '{revision}', ${JSON.stringify(revision)}::jsonb)
    WHERE id = ${id}::uuid AND fencing = ${fencing}`;
  const stored = await retryTransient(store, { patienceMs: DATABASE_PATIENCE_MS });
  if (stored === 0) throw new HandedOver();
  // The release is created from the spec of this object.
  deployment.spec = { ...spec, revision };
  return revision;
}
