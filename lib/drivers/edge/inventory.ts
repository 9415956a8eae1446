import type { HostPlace, OwnedThing } from "../driver";
import { findEdge } from "./ensure-edge";

/** The services that the edge holds a public port for. An edge has nobody's but its own base directory's. */
export async function listRoutes(place: HostPlace): Promise<OwnedThing[]> {
  const services = (await (await findEdge(place))?.services()) ?? [];
  return services.map(({ name, publicPort, domain }) => ({
    id: `edge-route:${name}`,
    kind: "edge-route",
    name: `:${publicPort}${domain === null ? "" : ` ${domain}`}`,
    serviceName: name,
    releaseId: null,
    bytes: null,
    remove: async () => (await findEdge(place))?.remove(name),
  }));
}
