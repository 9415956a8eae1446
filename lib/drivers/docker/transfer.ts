import type { Readable } from "node:stream";
import type Docker from "dockerode";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { type ImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import { openEngine } from "@/lib/platform/docker/engine";
import { engineProblem, hasStatus } from "@/lib/platform/docker/engine-problem";
import { type EngineMessage, jsonMessages } from "@/lib/platform/docker/streams";
import { NO_SPACE } from "../cause";
import type { Json, NamedPhase, PhaseContext, PhaseResult } from "../driver";
import { isInUse } from "../lifecycle/upkeep";
import { checkRoom } from "../phases/room";
import { transferPhase } from "../phases/transfer";
import { settingsOf } from "../settings-of";
import {
  exposedPortOf,
  findArtifact,
  findImage,
  type ImageStore,
  imageBuildNeeds,
  imageNeeds,
  imageStore,
  removeImage,
} from "./image";
import { dockerParts } from "./runner";
import { DockerSettings, imageUse } from "./settings";

const files = transferPhase({
  isInUse: (ctx) => isInUse(dockerParts, ctx, ctx.release.id),
  use: (ctx) => imageUse(settingsOf(DockerSettings, ctx)),
  async buildNeeds(ctx, { bytes }) {
    const engine = await openEngine(ctx.host);
    return imageBuildNeeds(ctx, { builder: engine, kept: engine }, bytes);
  },
});

/** Sends the files for a build on the target, or pulls the image. Skipped for a local build, which sends the image. */
export const dockerTransferPhase: NamedPhase = {
  ...files,
  async run(ctx) {
    if (ctx.kind === "rollback") return files.run(ctx);
    if (ctx.spec.source.kind === "image") return pullImage(ctx);
    return isBuiltHere(ctx) ? { skipped: true } : files.run(ctx);
  },
  async undo(ctx, receipt) {
    await files.undo?.(ctx, receipt);
    if (ctx.kind === "deploy") await undoPull(ctx, receipt);
  },
};

function isBuiltHere(ctx: PhaseContext): boolean {
  return settingsOf(DockerSettings, ctx).build === "local";
}

const PullReceipt = z.object({ pinned: z.string() });

/** The image that a service's source names. Throws `image-invalid` if it is not an image reference. */
export function imageReferenceOf(ctx: Pick<PhaseContext, "spec">): ImageReference {
  const reference = parseImageReference(imageOf(ctx));
  if (!reference) throw new Problem("image-invalid", { params: { image: imageOf(ctx) } });
  return reference;
}

function imageOf({ spec: { source } }: Pick<PhaseContext, "spec">): string {
  return source.kind === "image" ? source.image : "";
}

/** Pulls the image to the target and pins its digest, because a tag may point to another image a minute later. */
export async function pullImage(ctx: PhaseContext): Promise<PhaseResult> {
  const engine = await openEngine(ctx.host);
  const reference = imageReferenceOf(ctx);
  const name = `${reference.host}/${reference.repository}`;
  const credentials = await ctx.imageCredentials(reference.host);
  const pinned = `${name}@${reference.digest ?? (await askDigest(engine, `${name}:${reference.tag}`, credentials))}`;
  const isThere = (await findImage(engine, pinned)) !== null;
  // Another service's credentials may have pulled it: only the registry knows whether this service may use it.
  if (isThere && reference.digest && !hasRun(ctx, pinned)) await askDigest(engine, pinned, credentials);
  const started = performance.now();
  if (!isThere) {
    await ctx.saveReceipt({ pinned });
    await pull(engine, ctx, pinned, credentials);
  }
  const image = await findImage(engine, pinned);
  if (!image)
    throw new Problem("image-pull-failed", { params: { image: pinned }, detail: "it is not there after the pull" });
  const { Id: imageId, Size: size } = image;
  ctx.setArtifact({ imageId, reference: imageOf(ctx), pinned, exposedPort: exposedPortOf(image) });
  ctx.log(`runs ${pinned}`);
  const took = performance.now() - started;
  const how = isThere ? fact("image-present", { size }) : fact("image-pulled", { size, took });
  return { receipt: ctx.receiptOf("transfer"), facts: [how] };
}

function hasRun({ artifacts }: Pick<PhaseContext, "artifacts">, pinned: string): boolean {
  return artifacts.some(({ artifact }) => {
    const found = findArtifact(artifact);
    return found !== null && "pinned" in found && found.pinned === pinned;
  });
}

/** Removes the image that this deployment pulled, unless a container uses it by now. */
export async function undoPull(ctx: PhaseContext, receipt: Json | undefined): Promise<void> {
  const pulled = PullReceipt.safeParse(receipt);
  if (pulled.success) await removeImage(await openEngine(ctx.host), pulled.data.pinned);
}

type Credentials = Awaited<ReturnType<PhaseContext["imageCredentials"]>>;

/** The daemon takes these from a header of the request. */
function signIn(credentials: Credentials) {
  return credentials ? { username: credentials.username, password: credentials.password.reveal() } : undefined;
}

/** The digest that a registry has for an image now. */
export async function askDigest(engine: Docker, image: string, credentials: Credentials): Promise<string> {
  try {
    const found = await engine.getImage(image).distribution({ authconfig: signIn(credentials) });
    return z.object({ Descriptor: z.object({ digest: z.string() }) }).parse(found).Descriptor.digest;
  } catch (error) {
    throw pullProblem(error, image, credentials);
  }
}

/** Pulls an image by its full name, with its tag or digest. */
export async function pull(
  engine: Docker,
  ctx: Pick<PhaseContext, "host" | "log" | "progress" | "signal">,
  image: string,
  credentials: Credentials,
): Promise<void> {
  ctx.log(`pulling ${image}`);
  const { host, repository, tag, digest } = parseImageReference(image) ?? {};
  try {
    const options = { fromImage: `${host}/${repository}`, tag: digest ?? tag, abortSignal: ctx.signal };
    const store = await imageStore(engine);
    const stream = await engine.createImage(signIn(credentials), options);
    await follow(ctx, stream as Readable, { image, store });
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw pullProblem(engineProblem(error), image, credentials);
  }
}

/** A fraction of the space that is kept free: an unpacked layer may be several times as large as a packed one. */
const CHECKED_EVERY_BYTES = 16 * 1024 * 1024;

/**
 * Adds up the progress of the layers. Their sizes are not known beforehand: Landfall may not reach the registry that the
 * target reaches, and the daemon reports a layer's packed size only when its download begins. So free space is checked with
 * each new layer and as the disk fills. Leaving the stream cancels the pull.
 */
async function follow(
  ctx: Pick<PhaseContext, "host" | "progress" | "signal">,
  stream: Readable,
  { image, store }: { image: string; store: ImageStore },
): Promise<void> {
  const layers = new Layers();
  let checkedAt = 0;
  for await (const message of jsonMessages(stream)) {
    if (message.errorDetail) throw refusedPull(message.errorDetail.message, image);
    const { isNew, isDownload } = layers.take(message);
    const { downloaded, unpacked, total } = layers.sum();
    if (isDownload)
      ctx.progress({
        facts: [fact("pulling-layers", { layers: layers.count })],
        progress: { done: downloaded, total, unit: "bytes" },
      });
    // The download of a layer starts over after an interruption, so the sum may fall.
    if (!isNew && Math.abs(downloaded + unpacked - checkedAt) < CHECKED_EVERY_BYTES) continue;
    checkedAt = downloaded + unpacked;
    const needs = imageNeeds(store, [
      { bytes: total - downloaded, what: "the layers to download" },
      { bytes: total - unpacked, what: "unpacking them" },
    ]);
    await checkRoom({ host: ctx.host, signal: ctx.signal, log: () => 0 }, needs);
  }
}

class Layers {
  readonly #layers = new Map<string, { downloaded: number; unpacked: number; total: number }>();

  get count(): number {
    return this.#layers.size;
  }

  take({ id = "", status = "", progressDetail: { current, total } = {} }: EngineMessage) {
    const layer = this.#layers.get(id);
    const isDownload = status === "Downloading" && current !== undefined && total !== undefined;
    if (isDownload) this.#layers.set(id, { unpacked: 0, ...layer, downloaded: current, total });
    else if (layer && (status === "Download complete" || status === "Extracting" || status === "Pull complete")) {
      layer.downloaded = layer.total;
      // Some of the daemon's image stores report no bytes while they unpack.
      if (status === "Extracting" && total === layer.total) layer.unpacked = current ?? 0;
      if (status === "Pull complete") layer.unpacked = layer.total;
    }
    return { isNew: isDownload && !layer, isDownload };
  }

  sum() {
    const sum = { downloaded: 0, unpacked: 0, total: 0 };
    for (const { downloaded, unpacked, total } of this.#layers.values()) {
      sum.downloaded += downloaded;
      sum.unpacked += unpacked;
      sum.total += total;
    }
    return sum;
  }
}

function refusedPull(detail: string | undefined, image: string): Problem {
  if (detail !== undefined && NO_SPACE.test(detail)) return new Problem("disk-full", { detail });
  return new Problem("image-pull-failed", { params: { image }, detail });
}

/** Decided by the status alone. A registry may answer 404 for an image that needs credentials. */
function pullProblem(error: unknown, image: string, credentials: Credentials): unknown {
  if (!(error instanceof Problem) || error.code !== "engine-refused") return error;
  const options = { params: { image }, detail: error.detail, cause: error };
  const isRefused = hasStatus(error, 401, 403);
  if (isRefused && credentials) return new Problem("image-sign-in-refused", options);
  if (isRefused || hasStatus(error, 404)) return new Problem("image-not-found", options);
  return new Problem("image-pull-failed", options);
}
