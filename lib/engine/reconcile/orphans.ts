import { ORPHAN_KINDS, type Orphan } from "@/lib/contracts/drift";
import type { OwnedThing } from "@/lib/drivers/driver";

/** An existing service and the resources it owns. */
export interface LivingService {
  id: string;
  name: string;
  /** A deployment runs or is stuck, so its resources may not be recorded yet. */
  isMoving: boolean;
  keptReleaseIds: readonly string[];
  /** Its recorded projects on a platform. */
  projectIds: readonly string[];
}

/**
 * The resources that no service owns: containers before their images. A resource belongs to the live service of its
 * name, whatever target that service is on: two targets may use one host. A platform's resources have their owner's id.
 */
export function orphansAmong<Thing extends Pick<OwnedThing, "kind" | "serviceName" | "releaseId" | "owner">>(
  things: readonly Thing[],
  living: readonly LivingService[],
): Thing[] {
  const byName = new Map(living.map((service) => [service.name, service]));
  const byId = new Map(living.map((service) => [service.id, service]));
  const isOrphan = ({ serviceName, releaseId, owner }: Thing) => {
    if (owner) return isLeft(owner, byId.get(owner.serviceId));
    if (serviceName === null) return living.length === 0;
    const service = byName.get(serviceName);
    if (!service) return true;
    return releaseId !== null && !service.isMoving && !service.keptReleaseIds.some((id) => id.endsWith(releaseId));
  };
  const rank = ({ kind }: Thing) => ORPHAN_KINDS.indexOf(kind);
  return things.filter(isOrphan).sort((a, b) => rank(a) - rank(b));
}

/** Of several resources with one marker, unrecorded ones were created by mistake. */
function isLeft({ externalId, twins }: NonNullable<OwnedThing["owner"]>, service: LivingService | undefined): boolean {
  if (!service) return true;
  const isWrittenDown = (id: string) => service.projectIds.includes(id);
  return !service.isMoving && !isWrittenDown(externalId) && twins.some(isWrittenDown);
}

export function toOrphan({ id, kind, name, serviceName, bytes }: OwnedThing): Orphan {
  return { id, kind, name, service: serviceName, bytes, isData: kind === "volume" };
}
