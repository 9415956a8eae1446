import { join } from "node:path";
import type Docker from "dockerode";
import { formatImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import { type Resolve, registryLeadsInward, resolveOn } from "@/lib/hosts/inward-address";
import type { PhaseContext } from "../driver";
import { type BaseImage, type NamedImage, readConfinedDockerfile, readTrigger, refused } from "./confined-dockerfile";
import { findImage } from "./image";
import type { DockerSettings } from "./settings";
import { imageReferenceOf, pull } from "./transfer";

/**
 * Checks the text of a member's Dockerfile, before anything is changed. This machine resolves the registries' names unless
 * `resolve` is given. Throws `dockerfile-refused`.
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
 * Checks the Dockerfile on the host and its base images. The base images are pulled first: builders use a local image
 * without asking its registry again, so the build uses the checked image.
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

/** A member's image may come from a registry inside the host's network only if its credentials are granted. */
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
  // Anything else is the id of an image, or nothing that a builder accepts.
  if (!reference) throw refused("unclear", { line, name: base.name });
  const name = formatImageReference(reference.digest === null ? reference : { ...reference, tag: null });
  if (!(await findImage(engine, name))) await pull(engine, ctx, name, null);
  const image = await findImage(engine, name);
  if (!image)
    throw new Problem("image-pull-failed", { params: { image: name }, detail: "it is not there after the pull" });
  // For another platform a builder would ask the registry again and get another image.
  const { Os, Architecture, Variant } = image as typeof image & { Variant?: string };
  const found = [Os, Architecture, Variant].filter(Boolean).join("/");
  if (!isSame(found, own)) throw refused("platform", { line, name: found });
  await checkRegistries(
    (image.Config.OnBuild ?? []).flatMap((trigger: string) => readTrigger(trigger, base)),
    resolveOn(ctx.host, ctx.signal),
  );
}

/** An ARM host also runs images of older variants. */
function isSame(platform: string, { os, arch }: Platform): boolean {
  const [ofOs, ofArch, variant, ...more] = platform.split("/");
  const isOwnVariant = variant === undefined || (arch === "arm64" && variant === "v8") || arch === "arm";
  return ofOs === os && ofArch === arch && isOwnVariant && more.length === 0;
}
