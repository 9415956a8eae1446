/**
 * How Landfall knows its own projects on a server that others use too: names are not unique there, so the description
 * says whose it is. The target's id tells several Landfalls on one server apart.
 */
export function markerOf({ targetId, serviceId }: { targetId: string; serviceId: string }): string {
  return `Landfall ${targetId}/${serviceId}`;
}

const MARKER = /^Landfall ([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

/** Whose a project is; null for one that is not Landfall's. */
export function readMarker(description: string | null): { targetId: string; serviceId: string } | null {
  const [, targetId, serviceId] = MARKER.exec(description?.trim() ?? "") ?? [];
  return targetId && serviceId ? { targetId, serviceId } : null;
}
