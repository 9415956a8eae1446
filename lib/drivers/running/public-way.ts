import { Problem } from "@/lib/contracts/problem";
import type { CutShort } from "../cut-short";
import type { ServicePlace } from "../driver";
import type { Edge } from "../edge/edge";
import type { Slot } from "../edge/edge-config";
import { findEdge } from "../edge/ensure-edge";
import { forgetServing, type Serving, writeServing } from "./serving";

/** Does the public way lead to it? */
export async function leadsTo(place: ServicePlace, { way, binding, releaseId }: Serving, now: Serving | null) {
  if (now?.releaseId !== releaseId) return false;
  if (way === "direct") return true;
  const service = await (await findEdge(place))?.service(place.serviceName);
  return service ? service.slots[service.live] === binding.port : false;
}

/** Leads the public way through the edge to a release that listens on its private port already. */
export async function leadThroughEdge(place: ServicePlace, edge: Edge, next: Serving): Promise<void> {
  const { serviceName: name } = place;
  const service = await edge.service(name);
  const port = next.binding.port;
  const slot = slotFor(service, port);
  const reach = {
    publicPort: next.publicPort,
    bindAddress: next.bindAddress,
    domain: next.domain,
    certificate: next.certificate,
  };
  const other: Slot = slot === "blue" ? "green" : "blue";
  const slots = { [slot]: port, [other]: service?.slots[other] ?? (await place.host.freePort()) };
  await edge.put({ name, ...reach, slots: { blue: port, green: port, ...slots } });
  await edge.goLive(name, slot);
  await writeServing(place, next);
}

/** The slot that has this port; else the one without traffic. */
function slotFor(service: Awaited<ReturnType<Edge["service"]>>, port: number): Slot {
  if (!service) return "blue";
  if (service.slots.green === port) return "green";
  if (service.slots.blue === port) return "blue";
  return service.live === "blue" ? "green" : "blue";
}

/** Closes the public port. Requests in flight may end first; answers which did not. */
export async function closeWay(place: ServicePlace, serving: Serving | null, drainMs: number): Promise<CutShort[]> {
  const cut: CutShort[] = [];
  const edge = await findEdge(place);
  const service = await edge?.service(place.serviceName);
  if (edge && service) {
    await edge.remove(place.serviceName);
    cut.push(await edge.drain(Object.values(service.slots), drainMs));
  } else if (serving?.way === "edge" && edge === null) {
    // Its configuration would come back with it.
    throw new Problem("edge-failed", { detail: "the edge does not answer" });
  }
  await forgetServing(place);
  return cut;
}
