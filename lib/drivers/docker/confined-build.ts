import { join } from "node:path";
import type Docker from "dockerode";
import { formatImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import { type Resolve, registryLeadsInward, resolveOn } from "@/lib/hosts/inward-address";
import type { PhaseContext } from "../driver";
import { type BaseImage, type NamedImage, readConfinedDockerfile, readTrigger, refused } from "./confined-dockerfile";
import { findImage } from "./image";
import { imageReferenceOf, pull } from "./pull";
import type { DockerSettings } from "./settings";

/**
 * What a member's Dockerfile says by itself: asked before anything is touched. Registries are resolved by this machine
 * unless told how. Throws `dockerfile-refused`.
 */
export async function checkConfinedDockerfile(
  text: string,
  { buildArgs }: Pick<DockerSettings, "buildArgs">,
  resolve?: Resolve,
): Promise<readonly BaseImage[]> {
  const { bases, images } = readConfinedDockerfile(text, buildArgs);
  await checkRegistries(images, resolve);
  return bases;
}

/**
 * The same for what is on the host now, and for the images that it builds on. They are brought there first, because
 * builders take what is there without asking its registry again: so what was looked at is what is built on.
 */
export async function checkConfinedBuild(
  engine: Docker,
  ctx: PhaseContext,
  directory: string,
  settings: DockerSettings,
): Promise<void> {
  const text = (await ctx.host.readFile(join(directory, settings.dockerfile))).toString();
  const bases = await checkConfinedDockerfile(text, settings, resolveOn(ctx.host, ctx.signal));
  const { Os, Arch } = await engine.version();
  for (const base of bases) await checkBase(engine, ctx, base, { os: Os, arch: Arch });
}

/** Of a service that is a member's own: its image is not from a registry that is the host itself, unless its sign-in is granted. */
export async function checkConfinedImage(ctx: PhaseContext): Promise<void> {
  const { host } = imageReferenceOf(ctx);
  if (!(await registryLeadsInward(host, resolveOn(ctx.host, ctx.signal))) || (await ctx.imageCredentials(host))) return;
  throw new Problem("registry-leads-inward", { params: { host } });
}

async function checkRegistries(images: readonly NamedImage[], resolve?: Resolve): Promise<void> {
  for (const { line, name } of images) {
    const host = parseImageReference(name)?.host;
    if (host !== undefined && (await registryLeadsInward(host, resolve))) throw refused("registry", { line, name });
  }
}

interface Platform {
  os: string;
  arch: string;
}

async function checkBase(engine: Docker, ctx: PhaseContext, base: BaseImage, own: Platform): Promise<void> {
  const { line, platform } = base;
  if (platform !== null && !isSame(platform, own)) throw refused("platform", { line, name: platform });
  const reference = parseImageReference(base.name);
  // What is no reference is the id of an image, or nothing that a builder takes.
  if (!reference) throw refused("unclear", { line, name: base.name });
  const name = formatImageReference(reference.digest === null ? reference : { ...reference, tag: null });
  if (!(await findImage(engine, name))) await pull(engine, ctx, name, null);
  const image = await findImage(engine, name);
  if (!image)
    throw new Problem("image-pull-failed", { params: { image: name }, detail: "it is not there after the pull" });
  // Of another platform a builder would ask the registry again, and be given another image.
  const { Os, Architecture, Variant } = image as typeof image & { Variant?: string };
  const found = [Os, Architecture, Variant].filter(Boolean).join("/");
  if (!isSame(found, own)) throw refused("platform", { line, name: found });
  await checkRegistries(
    (image.Config.OnBuild ?? []).flatMap((trigger: string) => readTrigger(trigger, base)),
    resolveOn(ctx.host, ctx.signal),
  );
}

/** Of ARM, images of an older variant are a host's own too. */
function isSame(platform: string, { os, arch }: Platform): boolean {
  const [ofOs, ofArch, variant, ...more] = platform.split("/");
  const isOwnVariant = variant === undefined || (arch === "arm64" && variant === "v8") || arch === "arm";
  return ofOs === os && ofArch === arch && isOwnVariant && more.length === 0;
}
