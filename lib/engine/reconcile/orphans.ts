import { ORPHAN_KINDS, type Orphan } from "@/lib/contracts/drift";
import type { OwnedThing } from "@/lib/drivers/driver";

/** A service that lives, as far as things of it are concerned. */
export interface LivingService {
  id: string;
  name: string;
  /** Something is under way, or got stuck: what it made is not written down yet. */
  isMoving: boolean;
  keptReleaseIds: readonly string[];
  /** What it has on a platform, as it was written down. */
  projectIds: readonly string[];
}

/**
 * Of the things on a host, those that nothing owns, what runs before what it runs from. A name that lives anywhere owns
 * what bears it: two targets may lead to one host. What a platform holds says whose it is, by its id.
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

/** Of several that bear one marker, those that were not written down were made by mistake. */
function isLeft({ externalId, twins }: NonNullable<OwnedThing["owner"]>, service: LivingService | undefined): boolean {
  if (!service) return true;
  const isWrittenDown = (id: string) => service.projectIds.includes(id);
  return !service.isMoving && !isWrittenDown(externalId) && twins.some(isWrittenDown);
}

export function toOrphan({ id, kind, name, serviceName, bytes }: OwnedThing): Orphan {
  return { id, kind, name, service: serviceName, bytes, isData: kind === "volume" };
}
