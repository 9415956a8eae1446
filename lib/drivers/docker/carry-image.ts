import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import { json } from "node:stream/consumers";
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
  const saving = imageNeeds(await imageStore(from), [{ bytes: size, what: "Docker's copy while it saves the image" }]);
  const carry = async (options: { leaveOut: number }) => {
    if (options.leaveOut > 0) await checkRoomHere(ctx, saving);
    const plan = await plannedSave(ctx, from, name, { layers, ...options });
    await checkRoomHere(ctx, [...saving, { path: folders.here, bytes: plan.bytes, what: "the saved image" }]);
    await save(ctx, from, name, { file: join(folders.here, FILE), plan });
    await send(ctx, folders, await loadNeeds(to, plan));
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

/** The plan is without the layers that the target has. Docker unpacks the file beside the image while it loads it. */
async function loadNeeds(to: Docker, { bytes: size }: SavePlan): Promise<Need[]> {
  return imageNeeds(await imageStore(to), [
    { bytes: size, what: "Docker's copy while it loads the image" },
    { bytes: size, what: "the image" },
  ]);
}

function plannedSave(
  ctx: Carrier,
  from: Docker,
  name: string,
  { layers, leaveOut }: { layers: readonly string[]; leaveOut: number },
): Promise<SavePlan> {
  if (leaveOut > 0) ctx.log(`${leaveOut} of the image's ${layers.length} layers are there already`);
  return unlessNotSaved(ctx, planSave(from, name, { layers, leaveOut, signal: ctx.signal }));
}

function save(ctx: Carrier, from: Docker, name: string, options: { file: string; plan: SavePlan }): Promise<void> {
  return unlessNotSaved(ctx, saveImage(from, name, options.file, { plan: options.plan, signal: ctx.signal }));
}

async function unlessNotSaved<T>(ctx: Carrier, saved: Promise<T>): Promise<T> {
  try {
    return await saved;
  } catch (cause) {
    ctx.signal.throwIfAborted();
    throw new Problem("transfer-failed", { detail: `saving the image here: ${(cause as Error).message}`, cause });
  }
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

/** Every format of saved images has this file. It names the files of each image's layers, in order. */
const MANIFEST = "manifest.json";
type Manifest = { Layers: string[] }[];

interface SaveOptions {
  /** Digests of the layers, in order, and how many of the first are left out of the file. */
  layers: readonly string[];
  leaveOut: number;
  signal: AbortSignal;
}

/** Which parts of a saved image are left out of the file, and the size of the rest before it is compressed. */
interface SavePlan {
  unneeded: ReadonlySet<string> | null;
  bytes: number;
}

/** To leave layers out, the image is read twice: its table of contents comes last. */
async function planSave(engine: Docker, name: string, options: SaveOptions): Promise<SavePlan> {
  if (options.leaveOut === 0) return { unneeded: null, bytes: (await engine.getImage(name).inspect()).Size };
  return readPlan(await saved(engine, name, options.signal), options);
}

/** Saves an image as one compressed file. */
async function saveImage(
  engine: Docker,
  name: string,
  file: string,
  { plan: { unneeded }, signal }: { plan: SavePlan; signal: AbortSignal },
): Promise<void> {
  const image = await saved(engine, name, signal);
  const tar = unneeded ? repack(image, unneeded) : image;
  // Few networks are so slow that a better compression would save time.
  const zip = createGzip({ level: constants.Z_BEST_SPEED });
  await pipeline(tar as AsyncIterable<Uint8Array>, zip, createWriteStream(file, { mode: 0o600 }), { signal });
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

async function saved(engine: Docker, name: string, signal: AbortSignal): Promise<Readable> {
  return addAbortSignal(signal, (await engine.getImage(name).get()) as Readable);
}

/** A layer whose content appears again later is in the file once, as the first: it must stay. */
async function readPlan(image: Readable, { layers, leaveOut }: SaveOptions): Promise<SavePlan> {
  let files: string[] = [];
  const sizes = new Map<string, number>();
  for await (const entry of entriesOf(image)) {
    sizes.set(entry.header.name, entry.header.size ?? 0);
    if (entry.header.name !== MANIFEST) entry.resume();
    else files = ((await json(entry as AsyncIterable<Uint8Array>)) as Manifest)[0]?.Layers ?? [];
  }
  const rest = layers.slice(leaveOut);
  const unneeded = new Set(files.filter((_, index) => index < leaveOut && !rest.includes(layers[index] ?? "")));
  const bytes = [...sizes].reduce((sum, [name, size]) => sum + (unneeded.has(name) ? 0 : size), 0);
  return { unneeded, bytes };
}

function repack(image: Readable, unneeded: ReadonlySet<string>): Pack {
  const tar = pack();
  const fill = async () => {
    for await (const entry of entriesOf(image)) {
      if (unneeded.has(entry.header.name)) entry.resume();
      else await pipeline(entry as AsyncIterable<Uint8Array>, tar.entry(entry.header) as unknown as Writable);
    }
    tar.finalize();
  };
  fill().catch((error: Error) => tar.destroy(error));
  tar.once("close", () => image.destroy());
  return tar;
}

/** Yields one entry after another; each must be read or resumed before the next. */
function entriesOf(image: Readable): Extract {
  const parser = extract();
  image.once("error", (error) => parser.destroy(error));
  // The library's streams are not Node's own, but can be written to like them.
  return image.pipe(parser as unknown as Writable) as unknown as Extract;
}
