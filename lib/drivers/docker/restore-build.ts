import type Docker from "dockerode";
import { formatImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "../driver";
import { type EarlierBuild, earlierBuilds } from "../kept-build";
import { readConfinedDockerfile } from "./confined-dockerfile";
import { findArtifact, findImage, isPulled, listBuiltImages } from "./image";
import { ownImage, ownImageOfStage } from "./names";
import type { DockerSettings } from "./settings";
import { askDigest } from "./transfer";

export interface BuildInput {
  /** A digest of the files that were sent. */
  digest: string;
  /** The Dockerfile. */
  text: string;
  settings: DockerSettings;
}

/**
 * Everything that the image is made of, as a keyed digest: the files, the settings of the build, and the images that it is
 * based on (docs/decisions/0020). Null when that is not known: for a Dockerfile whose images cannot be told, which fetches
 * an address with ADD, or whose images are neither here nor at a registry that answers.
 */
export async function buildKey(
  engine: Docker,
  ctx: PhaseContext,
  { digest, text, settings }: BuildInput,
): Promise<string | null> {
  const names = imagesIn(text, settings);
  const { dockerfile, stage, build, buildArgs } = settings;
  const digests = names && (await Promise.all(names.map((name) => digestOf(engine, ctx, name))));
  if (!digests || digests.includes(null)) return null;
  const args = Object.entries(buildArgs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ctx.keyedDigest(JSON.stringify([digest, dockerfile, stage, build, args, ctx.isConfined, names, digests]));
}

function imagesIn(text: string, { buildArgs }: DockerSettings): string[] | null {
  try {
    const { images, stages } = readConfinedDockerfile(text, buildArgs);
    const isImage = (name: string) => !stages.has(name.toLowerCase()) && !/^\d+$/.test(name);
    return [...new Set(images.map(({ name }) => name).filter(isImage))].toSorted();
  } catch (error) {
    if (error instanceof Problem && error.code === "dockerfile-refused") return null;
    throw error;
  }
}

/** Builders use an image that is on the host without asking its registry again. */
async function digestOf(engine: Docker, ctx: PhaseContext, name: string): Promise<string | null> {
  const reference = parseImageReference(name);
  if (!reference) return null;
  if (reference.digest !== null) return reference.digest;
  const here = await findImage(engine, formatImageReference(reference));
  if (here) return digestAtRegistry(here.RepoDigests) ?? here.Id;
  try {
    return await askDigest(engine, formatImageReference(reference), await ctx.imageCredentials(reference.host));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof Problem)) throw error;
    ctx.log(
      `A later deployment cannot use this build again: ${name} is not here and its registry does not tell its digest`,
    );
    return null;
  }
}

/** The digest that the registry also tells of the image, if it came from one and no other. */
function digestAtRegistry(repoDigests: readonly string[] | null): string | undefined {
  const digests = new Set((repoDigests ?? []).flatMap((name) => name.split("@")[1] ?? []));
  return digests.size === 1 ? [...digests][0] : undefined;
}

/** The newest earlier build of the same input whose image is still on the target. */
export async function findEarlierBuild(
  engine: Docker,
  ctx: PhaseContext,
  key: string | null,
): Promise<(EarlierBuild & { imageId: string }) | null> {
  for (const earlier of earlierBuilds(ctx, key)) {
    const image = findArtifact(earlier.release.artifact);
    if (image && !isPulled(image) && (await findImage(engine, image.imageId)))
      return { ...earlier, imageId: image.imageId };
  }
  return null;
}

/** Gives an earlier build's image the names that a build of this release would have, and its stages too. */
export async function tagEarlierBuild(
  engine: Docker,
  ctx: PhaseContext,
  { release, imageId }: { release: { id: string }; imageId: string },
  tag: string,
): Promise<void> {
  const [own, earlier] = [ownImage(ctx, ctx.release.id), ownImage(ctx, release.id)];
  for (const { own: name } of await listBuiltImages(engine, ctx))
    if (ownImageOfStage(name) === earlier) await giveName(engine, name, own + name.slice(earlier.length));
  await giveName(engine, imageId, tag);
  // Last: this is the name by which a finished build is found.
  await giveName(engine, imageId, own);
}

async function giveName(engine: Docker, image: string, name: string): Promise<void> {
  const at = name.lastIndexOf(":");
  await engine.getImage(image).tag({ repo: name.slice(0, at), tag: name.slice(at + 1) });
}
