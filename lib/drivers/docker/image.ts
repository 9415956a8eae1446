import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace, ServicePlace } from "../driver";
import { namesBeside, ownImageOfStage, ownImages, ownStage } from "./names";

/** Null when the engine has none of that id, name or digest. */
export function findImage(engine: Docker, name: string): Promise<ImageInspectInfo | null> {
  return unless([404], engine.getImage(name).inspect());
}

/** The one TCP port that an image says it listens on; null when it says none, or several. */
export function exposedPortOf({ Config }: Pick<ImageInspectInfo, "Config">): number | null {
  const ports = Object.keys(Config.ExposedPorts ?? {}).flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? []);
  return ports.length === 1 ? Number(ports[0]) : null;
}

/** What was built and is called like this (`ownImage`), but for what is in use. */
export async function removeBuiltImage(engine: Docker, own: string, options: RemoveOptions = {}): Promise<void> {
  const image = await findImage(engine, own);
  for (const name of namesBeside(own, image?.RepoTags ?? [])) await removeImage(engine, name, options);
}

/**
 * Names the stages of a build after it. One that is unchanged has the name of an earlier build, too, and stays until the
 * last of them goes. A program in a build may print what looks like another image's id, so nothing else is taken than what
 * was made since the build began (by the engine's clock) or is called a stage of this service.
 */
export async function nameStages(
  engine: Docker,
  own: string,
  { imageIds, since }: { imageIds: readonly string[]; since: Date },
): Promise<void> {
  const [repo = ""] = own.split(":");
  const isOurs = (name: string) => name.startsWith(`${repo}:`) && ownImageOfStage(name) !== null;
  for (const [index, id] of imageIds.entries()) {
    const image = await findImage(engine, id);
    const names = image?.RepoTags ?? [];
    if (!image || (names.length === 0 ? new Date(image.Created) < since : !names.every(isOurs))) continue;
    const tag = ownStage(own, index + 1).slice(repo.length + 1);
    await engine.getImage(image.Id).tag({ repo, tag });
  }
}

/** The stages of the builds whose image is gone. */
export async function removeLostStages(engine: Docker, place: Service): Promise<void> {
  const names = (await listBuiltImages(engine, place)).map(({ own }) => own);
  for (const name of names) {
    const builtFor = ownImageOfStage(name);
    if (builtFor !== null && !names.includes(builtFor)) await removeImage(engine, name);
  }
}

type Service = Pick<ServicePlace, "base" | "serviceName">;

interface RemoveOptions {
  /** Of an image that was built, the steps it was made in. */
  keepCache?: boolean;
}

/** By name or digest. With its last name the image goes; one that a container or another image needs stays. */
export async function removeImage(
  engine: Docker,
  name: string,
  { keepCache = false }: RemoveOptions = {},
): Promise<void> {
  await unless([404, 409], engine.getImage(name).remove({ noprune: keepCache }));
}

/** The own names of everything that was built for a service, or for any service of the base directory. */
export async function listBuiltImages(
  engine: Docker,
  place: Pick<HostPlace, "base"> & { serviceName?: string },
): Promise<{ own: string; bytes: number }[]> {
  const pattern = ownImages(place);
  const prefix = `${pattern.replace("*", "")}${place.serviceName === undefined ? "" : ":"}`;
  const images = await engine.listImages({ filters: { reference: [pattern] } });
  return images.flatMap(({ RepoTags, Size }) =>
    (RepoTags ?? []).filter((name) => name.startsWith(prefix)).map((own) => ({ own, bytes: Size })),
  );
}
