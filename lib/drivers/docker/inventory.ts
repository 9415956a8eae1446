import type Docker from "dockerode";
import { ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace, OwnedThing } from "../driver";
import { listBuiltImages, removeBuiltImage } from "./image";
import { baseLabels, LABELS, ownImageOfStage, withLabels } from "./names";
import { removeNetwork } from "./network";

/** Everything in the host's engine that carries the base directory's label. */
export async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  // A host without Docker has nothing of ours in it, and there is no daemon to wait for.
  if ((await place.host.stat(ENGINE_SOCKET)) === null) return [];
  // A page waits for this list: a stopped daemon is reported instead of waited for.
  const engine = await openEngine(place.host, { patienceMs: 0 });
  const filters = withLabels(baseLabels(place));
  const [containers, images, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    listBuiltImages(engine, { base: place.base }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return [
    ...containers.map((found) => containerThing(engine, found)),
    ...images.map((found) => imageThing(engine, found)),
    ...networks.map((found) => networkThing(engine, place, found)),
    ...volumes.Volumes.map((found) => volumeThing(engine, found)),
  ];
}

function containerThing(engine: Docker, { Id, Names, Labels }: Docker.ContainerInfo): OwnedThing {
  return {
    ...ownerOf(Labels),
    id: `container:${Id}`,
    kind: "container",
    name: Names[0]?.replace(/^\//, "") ?? Id.slice(0, 12),
    bytes: null,
    remove: async () => void (await unless([404], engine.getContainer(Id).remove({ force: true, v: true }))),
  };
}

function imageThing(engine: Docker, { own, bytes }: { own: string; bytes: number }): OwnedThing {
  return {
    id: `image:${own}`,
    kind: "image",
    name: own,
    serviceName: /\/(.+):/.exec(own)?.[1] ?? null,
    // A stage may belong to the builds of several releases.
    releaseId: ownImageOfStage(own) === null ? (/:(.+)$/.exec(own)?.[1] ?? null) : null,
    bytes,
    remove: () => removeBuiltImage(engine, own),
  };
}

/** Docker refuses to remove a network while a container is connected to it. */
function networkThing(engine: Docker, place: HostPlace, { Id, Name }: Docker.NetworkInspectInfo): OwnedThing {
  return {
    id: `network:${Id}`,
    kind: "network",
    name: Name,
    serviceName: null,
    releaseId: null,
    bytes: null,
    remove: () => removeNetwork(engine, place, Id),
  };
}

function volumeThing(engine: Docker, { Name, Labels }: Docker.VolumeInspectInfo): OwnedThing {
  return {
    ...ownerOf(Labels),
    id: `volume:${Name}`,
    kind: "volume",
    name: Name,
    bytes: null,
    remove: async () => void (await unless([404], engine.getVolume(Name).remove())),
  };
}

function ownerOf(labels: Record<string, string> | null): Pick<OwnedThing, "serviceName" | "releaseId"> {
  return { serviceName: labels?.[LABELS.service] ?? null, releaseId: labels?.[LABELS.release] ?? null };
}
