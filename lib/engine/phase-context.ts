import { isConfined, mayUseSignIn, sourceRootsFor } from "@/lib/contracts/grants";
import { ResourceKind } from "@/lib/contracts/resource";
import { DeploymentSpec } from "@/lib/contracts/service";
import { isStack } from "@/lib/contracts/stack-state";
import { SYSTEM } from "@/lib/contracts/user";
import type { Json, NamedPhase, PhaseContext, ResourcePort } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { keyedDigest } from "@/lib/platform/secrets/keyed-digest";
import type { Secret, Secrets } from "@/lib/platform/secrets/secret";
import { createRegistryPort } from "@/lib/registry/current-registry";
import { revealRevision } from "@/lib/services/environment-store";
import { scopedVolumes } from "@/lib/services/kept-volumes";
import { findImageCredentials } from "@/lib/sources/image/image-registries";
import { connect } from "@/lib/targets/registry";
import { targetSecrets, toGrants } from "@/lib/targets/target-store";
import { type ClaimedDeployment, storeInSpec } from "./claim-deployment";
import type { Journal } from "./journal";
import { createSourcePort } from "./source-port";

/** The decrypted environment of the deployment's spec. */
export async function readEnvironment(spec: DeploymentSpec): Promise<Secrets> {
  if (!spec.environmentRevisionId) return {};
  const revision = await db.environmentRevision.findUniqueOrThrow({ where: { id: spec.environmentRevisionId } });
  return revealRevision(revision);
}

interface Contexts {
  of: (phase: NamedPhase<object>, signal: AbortSignal) => PhaseContext<object>;
  close: () => Promise<void>;
}

interface Surroundings {
  environment: Secrets;
  journal: Journal;
  /** Called with every secret before a phase gets it. */
  onSecret: (secret: Secret) => void;
}

/** The contexts of a deployment's phases. They differ only in their signal and in the phase that they report for. */
export async function createContexts(
  deployment: ClaimedDeployment,
  { environment, journal, onSecret }: Surroundings,
): Promise<Contexts> {
  const { service } = deployment;
  for (const secret of targetSecrets(deployment.target)) onSecret(secret);
  const connection = await connect(deployment.target);
  const onTarget = service.releases.filter((release) => release.targetId === deployment.targetId);
  const asRef = ({ id, artifact }: { id: string; artifact: unknown }) => ({ id, artifact: artifact as Json });
  const releaseId = deployment.releaseId ?? deployment.id;
  // After a take-over the host may already run the new release. The row still has the previous one, because it changes
  // in the last write.
  const current = service.currentRelease;
  const ownerRole = service.owner.role;
  const origin = { ownerRole, isFromTemplate: isStack(service) };
  const grants = toGrants(deployment.target);
  const shared = {
    ...connection.access,
    serviceName: service.name,
    serviceId: service.id,
    deploymentId: deployment.id,
    kind: deployment.kind as PhaseContext["kind"],
    number: deployment.number,
    keyedDigest,
    previous: current && {
      ...asRef(current),
      spec: scopedVolumes(DeploymentSpec.parse(current.spec), service.volumeScope),
    },
    artifacts: onTarget.map(asRef),
    environment,
    sourceRoots: sourceRootsFor({ actor: SYSTEM, ownerRole }, grants, env.LANDFALL_SOURCE_ROOTS),
    isConfined: isConfined(origin),
    registry: createRegistryPort({ serviceId: service.id }),
    resources: createResourcePort({
      targetId: deployment.targetId,
      serviceId: service.id,
      deploymentId: deployment.id,
    }),
  };
  const restored = deployment.kind === "rollback" ? onTarget.find(({ id }) => id === releaseId) : undefined;
  if (restored && journal.artifact === null) journal.setArtifact(restored.artifact as Json);

  const contextOf = (phase: NamedPhase<object>, signal: AbortSignal): PhaseContext<object> => ({
    ...shared,
    // Read for every phase: an earlier one may have stored what it learned.
    spec: scopedVolumes(deployment.spec, service.volumeScope),
    signal,
    sources: createSourcePort(deployment, {
      log: (line) => journal.log(phase.key, "i", line),
      onSecret,
      resolved: (commit, description) => journal.resolved(commit, description),
    }),
    release: {
      id: releaseId,
      get artifact() {
        return journal.artifact;
      },
    },
    log: (line, stream, goesOn) =>
      journal.log(phase.key, stream === "stdout" ? "o" : stream === "stderr" ? "e" : "i", line, goesOn),
    progress: (update) => journal.progress(phase.key, update),
    saveReceipt: (receipt) => journal.saveReceipt(phase.key, receipt),
    receiptOf: (key) => journal.receiptOf(key),
    setArtifact: (artifact) => journal.setArtifact(artifact),
    setUrl: (url) => journal.setUrl(url),
    setProbes: (probes) => journal.setProbes(probes),
    setHealthPath: (healthPath) => storeInSpec(deployment, { healthPath }),
    setReleaseCommand: (run) => journal.setReleaseCommand(run),
    warn: (problem) => journal.warned(problem),
    imageCredentials: async (host) => {
      const credentials = mayUseSignIn(origin, grants, host) ? await findImageCredentials(host) : null;
      if (credentials) onSecret(credentials.password);
      return credentials;
    },
    previousEnvironment: async () => {
      const previous = shared.previous ? await readEnvironment(shared.previous.spec) : {};
      for (const value of Object.values(previous)) onSecret(value);
      return previous;
    },
  });

  return { of: contextOf, close: () => connection.close() };
}

/** How a phase records what it created on a platform. */
function createResourcePort(owner: { targetId: string; serviceId: string; deploymentId: string }): ResourcePort {
  const { targetId, serviceId, deploymentId } = owner;
  return {
    list: async () => {
      const where = { targetId, serviceId, removedAt: null };
      const rows = await db.resource.findMany({ where, orderBy: { id: "asc" } });
      return rows.map(({ kind, externalId, name }) => ({ kind: ResourceKind.parse(kind), externalId, name }));
    },
    record: async ({ kind, externalId, name }) => {
      const key = { targetId, kind, externalId };
      const before = await db.resource.findUnique({ where: { targetId_kind_externalId: key } });
      const found = { serviceId, deploymentId, name, removedAt: null };
      await db.resource.upsert({
        where: { targetId_kind_externalId: key },
        create: { ...key, ...found },
        update: found,
      });
      return before === null || before.removedAt !== null;
    },
    forget: async ({ kind, externalId }) => {
      await db.resource.updateMany({
        where: { targetId, kind, externalId, removedAt: null },
        data: { removedAt: new Date() },
      });
    },
  };
}
