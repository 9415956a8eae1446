import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace, Json, PhaseContext, ServicePlace } from "../driver";
import type { Need } from "../phases/room";
import { namesBeside, ownImageOfStage, ownImages, ownStage } from "./names";

/** A release's artifact: an image that was built for it, or a pulled image, by its digest. */
const BuiltImage = z.looseObject({ imageId: z.string(), tag: z.string(), exposedPort: z.int().nullable() });
const PulledImage = z.looseObject({
  imageId: z.string(),
  /** The name in the service's source. */
  reference: z.string(),
  /** `docker.io/library/nginx@sha256:…` */
  pinned: z.string(),
  exposedPort: z.int().nullable(),
});
const DockerArtifact = z.union([BuiltImage, PulledImage]);
export type BuiltImage = z.infer<typeof BuiltImage>;
export type PulledImage = z.infer<typeof PulledImage>;
export type DockerArtifact = z.infer<typeof DockerArtifact>;

/** Null for a release that has no image yet. */
export function findArtifact(artifact: Json): DockerArtifact | null {
  return DockerArtifact.safeParse(artifact).data ?? null;
}

/** Throws `release-gone` if the release has no image. */
export function artifactOf(release: { id: string; artifact: Json }): DockerArtifact {
  const artifact = findArtifact(release.artifact);
  if (artifact) return artifact;
  throw new Problem("release-gone", { params: { releaseId: release.id } });
}

export function isPulled(artifact: DockerArtifact | null): artifact is PulledImage {
  return artifact !== null && "pinned" in artifact;
}

/** By id, name or digest. Null if the daemon has no such image. */
export function findImage(engine: Docker, name: string): Promise<ImageInspectInfo | null> {
  return unless([404], engine.getImage(name).inspect());
}

/** The one TCP port that an image exposes; null if it exposes none or several. */
export function exposedPortOf({ Config }: Pick<ImageInspectInfo, "Config">): number | null {
  const ports = Object.keys(Config.ExposedPorts ?? {}).flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? []);
  return ports.length === 1 ? Number(ports[0]) : null;
}

/** Removes all names of the image that was built under this one (`ownImage`); an image in use stays. */
export async function removeBuiltImage(engine: Docker, own: string, options: RemoveOptions = {}): Promise<void> {
  const image = await findImage(engine, own);
  for (const name of namesBeside(own, image?.RepoTags ?? [])) await removeImage(engine, name, options);
}

/**
 * Gives the stages of a build names derived from the build's. An unchanged stage has the names of earlier builds too, and
 * stays until the last of these is removed. A program in a build may print the id of an unrelated image, so only images
 * that were created since the build began (by the daemon's clock) or are stages of this service get a name.
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

/** Removes the stages of builds whose image is gone. */
export async function removeLostStages(engine: Docker, place: Service): Promise<void> {
  const names = (await listBuiltImages(engine, place)).map(({ own }) => own);
  for (const name of names) {
    const builtFor = ownImageOfStage(name);
    if (builtFor !== null && !names.includes(builtFor)) await removeImage(engine, name);
  }
}

type Service = Pick<ServicePlace, "base" | "serviceName">;

interface RemoveOptions {
  /** Keeps the untagged images of the build's steps. */
  keepCache?: boolean;
}

/** By name or digest. An image goes with its last name, unless a container or another image needs it. */
export async function removeImage(
  engine: Docker,
  name: string,
  { keepCache = false }: RemoveOptions = {},
): Promise<void> {
  await unless([404, 409], engine.getImage(name).remove({ noprune: keepCache }));
}

/** The images that were built for a service, or for all services of the base directory, by the names we gave them. */
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

export interface ImageStore {
  /** Docker's own folder on its host, in which it also unpacks. */
  path: string;
  /** Images are in containerd's own folder, which Docker does not report. */
  isContainerd: boolean;
}

export async function imageStore(engine: Docker): Promise<ImageStore> {
  const info = (await engine.info()) as { DockerRootDir: string; DriverStatus?: [string, string][] | null };
  const isContainerd = (info.DriverStatus ?? []).some(([name]) => name === "driver-type");
  return { path: info.DockerRootDir, isContainerd };
}

/** Space needed in the daemon's image store. Nothing is compared if the daemon does not report the store's folder. */
export function imageNeeds({ path, isContainerd }: ImageStore, needs: readonly Omit<Need, "path">[]): Need[] {
  return needs.map((need) => ({ path, ...need, ...(isContainerd && { bytes: null }) }));
}

/** The space that a build from `sent` bytes of files needs; `kept` is the daemon that has the releases' images. */
export async function imageBuildNeeds(
  { artifacts }: Pick<PhaseContext, "artifacts">,
  { builder, kept }: { builder: Docker; kept: Docker },
  sent: number,
): Promise<Need[]> {
  const [store, usual] = await Promise.all([imageStore(builder), usualImageBytes(kept, artifacts)]);
  return imageNeeds(store, [
    { bytes: sent, what: "the builder's copy of the files" },
    { bytes: sent, what: "the image's copy of the files" },
    { bytes: usual === null ? null : Math.max(0, usual - sent), what: "what the build adds" },
  ]);
}

/** How many images are compared: each costs a request. */
const COMPARED = 3;

/**
 * The least that one of the service's newest images added to the image before it, by the steps of their histories. The
 * least, because a new base image is an exception. Null with fewer than three images.
 */
export async function usualImageBytes(engine: Docker, artifacts: PhaseContext["artifacts"]): Promise<number | null> {
  const ids = [...new Set(artifacts.flatMap(({ artifact }) => findArtifact(artifact)?.imageId ?? []))];
  const histories = await Promise.all(ids.slice(0, COMPARED).map((id) => historyOf(engine, id)));
  const known = histories.filter((history) => history !== null);
  if (known.length < COMPARED) return null;
  return Math.min(...known.slice(1).map((before, index) => addedBytes(known[index] ?? [], before)));
}

function addedBytes(steps: readonly Step[], before: readonly Step[]): number {
  const differs = steps.findIndex((step, index) => !isSame(step, before[index]));
  return differs === -1 ? 0 : steps.slice(differs).reduce((sum, { Size }) => sum + Size, 0);
}

interface Step {
  Created: number;
  CreatedBy: string;
  Size: number;
}

/** Oldest step first. Null if the daemon refuses: an estimate must not fail a deployment. */
async function historyOf(engine: Docker, id: string): Promise<Step[] | null> {
  const history: Step[] | null = await engine
    .getImage(id)
    .history()
    .catch(() => null);
  return history?.toReversed() ?? null;
}

function isSame(step: Step, other: Step | undefined): boolean {
  return step.Created === other?.Created && step.CreatedBy === other.CreatedBy && step.Size === other.Size;
}
