import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { type Extract, extract, type Pack, pack } from "tar-stream";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { scanTree } from "@/lib/hosts/scan-tree";
import { stagingPath } from "@/lib/hosts/unfinished";
import { ENGINE_SOCKET } from "@/lib/platform/docker/engine";
import type { PhaseContext } from "../driver";
import { checkRoom, checkRoomHere, type Need, transferNeeds } from "../phases/room";
import { put } from "../phases/transfer";
import { bytes } from "../quantity";
import { serviceDirectory } from "../release-layout";
import { findImage, imageNeeds, imageStore } from "./image";

const FILE = "image.tar.gz";

/** The part of a context that sending an image needs: a deployment's, or that of an update of Landfall itself. */
export type Carrier = Pick<PhaseContext, "host" | "signal" | "progress" | "log">;

/** This machine's daemon, which has the image, and the target's, which is to get it. */
export interface Engines {
  from: Docker;
  to: Docker;
}

/**
 * Saves an image into a new folder `here`, sends that like any other files (resumed after an interruption, checked on the
 * target) to the folder `there`, and loads it. Layers that the target has are left out.
 */
export async function carryImage(
  ctx: Carrier,
  { from, to }: Engines,
  name: string,
  folders: { here: string; there: string },
): Promise<void> {
  await mkdir(folders.here);
  ctx.progress({ facts: [fact("saving-image")] });
  const { Size: size, RootFS } = await from.getImage(name).inspect();
  const layers = RootFS.Layers ?? [];
  const leaveOut = await countLayersThere(to, layers);
  // Docker copies all layers to a temporary folder of its own before it streams them.
  const saving = [
    ...imageNeeds(await imageStore(from), [{ bytes: size, what: "Docker's copy while it saves the image" }]),
    { path: folders.here, bytes: size, what: "the saved image" },
  ];
  const carry = async (options: { leaveOut: number }) => {
    if (options.leaveOut > 0) ctx.log(`${options.leaveOut} of the image's ${layers.length} layers are there already`);
    await checkRoomHere(ctx, saving);
    const sent = await save(ctx, from.getImage(name), { folder: folders.here, layers, ...options });
    await send(ctx, folders, await loadNeeds(to, sent));
    return load(ctx, folders.there);
  };
  let refusal = await carry({ leaveOut });
  if (refusal && leaveOut > 0) {
    // The layers may have been removed from the target meanwhile.
    ctx.log(`it could not be loaded without them, so it is sent whole: ${refusal}`);
    refusal = await carry({ leaveOut: 0 });
  }
  if (refusal) throw new Problem("transfer-failed", { detail: refusal });
  await removeCarried(ctx, folders.there);
}

/** Safe to repeat. */
export async function removeCarried({ host }: Pick<Carrier, "host">, there: string): Promise<void> {
  for (const path of [there, stagingPath(there)]) await host.remove(path);
}

/** The folder on the target for a release's image until it is loaded. */
export function carriedDirectory(ctx: PhaseContext): string {
  return join(serviceDirectory(ctx), "images", ctx.release.id);
}

/** `sent` is without the layers that the target has. Docker unpacks the file beside the image while it loads it. */
async function loadNeeds(to: Docker, sent: number): Promise<Need[]> {
  return imageNeeds(await imageStore(to), [
    { bytes: sent, what: "Docker's copy while it loads the image" },
    { bytes: sent, what: "the image" },
  ]);
}

async function send(ctx: Carrier, { here, there }: { here: string; there: string }, loading: Need[]): Promise<void> {
  const tree = await scanTree(here, ctx.signal);
  ctx.log(`carrying the image over: ${bytes(tree.bytes)} packed`);
  await ctx.host.remove(there);
  await checkRoom(ctx, [...transferNeeds({ base: there }, tree, []), ...loading]);
  await put(ctx, tree, there);
}

/**
 * Loads the file with the target's own docker command: through the API it would travel here and back again. Returns why
 * Docker refused it, or null.
 */
async function load(ctx: Carrier, there: string): Promise<string | null> {
  ctx.progress({ facts: [fact("loading-image")] });
  const { exitCode, stderr } = await ctx.host.run(
    { args: ["docker", "--host", `unix://${ENGINE_SOCKET}`, "load", "--quiet", "--input", join(there, FILE)] },
    { signal: ctx.signal },
  );
  return exitCode === 0 ? null : stderr.trim() || `exit code ${exitCode}`;
}

/** An image's id is a digest of its content. Daemons with another image store have other ids for the same layers. */
export async function checkArrived(from: Docker, to: Docker, name: string): Promise<void> {
  const [sent, arrived] = await Promise.all([findImage(from, name), findImage(to, name)]);
  if (sent && arrived && (sent.Id === arrived.Id || haveSameLayers(sent, arrived))) return;
  const detail = `${name} was ${sent?.Id ?? "nothing"} here and is ${arrived?.Id ?? "nothing"} there`;
  throw new Problem("transfer-failed", { detail });
}

function haveSameLayers(a: ImageInspectInfo, b: ImageInspectInfo): boolean {
  return JSON.stringify(a.RootFS.Layers) === JSON.stringify(b.RootFS.Layers);
}

interface SaveOptions {
  folder: string;
  /** Digests of the layers' content, in order, and how many of the first are left out of the file. */
  layers: readonly string[];
  leaveOut: number;
}

/** Saves an image as one compressed file. Returns its size in bytes before it is compressed. */
async function save(ctx: Carrier, image: Docker.Image, options: SaveOptions): Promise<number> {
  let size = 0;
  const measured = async function* (tar: AsyncIterable<Uint8Array>) {
    for await (const chunk of tar) {
      size += chunk.length;
      yield chunk;
    }
  };
  // Few networks are so slow that a better compression would save time.
  const zip = createGzip({ level: constants.Z_BEST_SPEED });
  try {
    const saved = addAbortSignal(ctx.signal, (await image.get()) as Readable);
    const tar = options.leaveOut === 0 ? saved : withoutLayers(saved, options);
    await pipeline(
      tar as AsyncIterable<Uint8Array>,
      measured,
      zip,
      createWriteStream(join(options.folder, FILE), PRIVATE),
    );
    return size;
  } catch (cause) {
    ctx.signal.throwIfAborted();
    throw new Problem("transfer-failed", { detail: `saving the image here: ${(cause as Error).message}`, cause });
  }
}

const PRIVATE = { mode: 0o600 };
const SCRATCH = "layer";

/**
 * A saved image without the files of its first layers. Docker's versions name these files differently, and say which is
 * whose at the end of the tar, so each is recognized by its content: one that stays is read again from a scratch file.
 */
function withoutLayers(image: Readable, { folder, layers, leaveOut }: SaveOptions): Pack {
  const scratch = join(folder, SCRATCH);
  // A layer whose content appears again later is in the tar once, as the first: it must stay.
  const rest = layers.slice(leaveOut);
  const unneeded = new Set(layers.slice(0, leaveOut).filter((digest) => !rest.includes(digest)));
  const tar = pack();
  const fill = async () => {
    for await (const entry of entriesOf(image)) {
      const digest = await writeScratch(entry as AsyncIterable<Uint8Array>, scratch);
      if (unneeded.has(digest)) continue;
      await pipeline(createReadStream(scratch), tar.entry(entry.header) as unknown as Writable);
    }
    await rm(scratch, { force: true });
    tar.finalize();
  };
  fill().catch((error: Error) => tar.destroy(error));
  tar.once("close", () => image.destroy());
  return tar;
}

/** Returns the content's digest, in the form of Docker's. */
async function writeScratch(content: AsyncIterable<Uint8Array>, file: string): Promise<string> {
  const hash = createHash("sha256");
  const hashed = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(content, hashed, createWriteStream(file, PRIVATE));
  return `sha256:${hash.digest("hex")}`;
}

/**
 * How many of these layers, from the first on, the daemon has. Zero with containerd's image store, which would accept an
 * image without its layers as complete.
 */
async function countLayersThere(engine: Docker, layers: readonly string[]): Promise<number> {
  if ((await imageStore(engine)).isContainerd) return 0;
  let most = 0;
  for (const { Id } of await engine.listImages()) {
    const there = (await findImage(engine, Id))?.RootFS.Layers ?? [];
    most = Math.max(most, commonStart(layers, there));
  }
  return most;
}

function commonStart(wanted: readonly string[], there: readonly string[]): number {
  const end = wanted.findIndex((layer, index) => there[index] !== layer);
  return end === -1 ? wanted.length : end;
}

/** Yields one entry after another; each must be read or resumed before the next. */
function entriesOf(image: Readable): Extract {
  const parser = extract();
  image.once("error", (error) => parser.destroy(error));
  // The library's streams are not Node's own, but can be written to like them.
  return image.pipe(parser as unknown as Writable) as unknown as Extract;
}
