import type Docker from "dockerode";
import { ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace, OwnedThing } from "../driver";
import { removeNetwork } from "./ensure-network";
import { listBuiltImages, removeBuiltImage } from "./image";
import { baseLabels, LABELS, ownImageOfStage, withLabels } from "./names";

/** Everything in the host's engine that carries the base directory's label. */
export async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  // Most hosts of a console may have no Docker at all: that is nothing of ours, and no reason to wait for it.
  if ((await place.host.stat(ENGINE_SOCKET)) === null) return [];
  // Somebody looks at a page: a daemon that is stopped is told to them, not waited for.
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
    // A stage may serve the builds of several releases.
    releaseId: ownImageOfStage(own) === null ? (/:(.+)$/.exec(own)?.[1] ?? null) : null,
    bytes,
    remove: () => removeBuiltImage(engine, own),
  };
}

/** It refuses while something is connected to it. */
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
