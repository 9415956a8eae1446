import { createWriteStream } from "node:fs";
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type Docker from "dockerode";
import { type Extract, extract, type Pack, pack } from "tar-stream";
import { findImage } from "./image";
import { imageStore } from "./image-room";

/** In every format of such a file that Docker has had. Each image in it names the files of its layers, in order. */
const MANIFEST = "manifest.json";
type Manifest = { Layers: string[] }[];

interface SaveOptions {
  /** Digests of the layers, in order, and how many of the first are not put into the file. */
  layers: readonly string[];
  leaveOut: number;
  signal: AbortSignal;
}

/** What of a saved image goes into the file, and how large that is before it is packed. */
export interface SavePlan {
  unneeded: ReadonlySet<string> | null;
  bytes: number;
}

/** To leave something out, the image is read twice: its table of contents comes last. */
export async function planSave(engine: Docker, name: string, options: SaveOptions): Promise<SavePlan> {
  if (options.leaveOut === 0) return { unneeded: null, bytes: (await engine.getImage(name).inspect()).Size };
  return readPlan(await saved(engine, name, options.signal), options);
}

/** Saves an image of an engine as one packed file. */
export async function saveImage(
  engine: Docker,
  name: string,
  file: string,
  { plan: { unneeded }, signal }: { plan: SavePlan; signal: AbortSignal },
): Promise<void> {
  const image = await saved(engine, name, signal);
  const tar = unneeded ? repack(image, unneeded) : image;
  // The quickest level: few networks are so slow that a better one would pay.
  const zip = createGzip({ level: constants.Z_BEST_SPEED });
  await pipeline(tar as AsyncIterable<Uint8Array>, zip, createWriteStream(file, { mode: 0o600 }), { signal });
}

/**
 * How many of these layers, from the first on, an engine has. None where it keeps images as containerd does: such an
 * engine takes an image whose layers did not come with it for whole.
 */
export async function countLayersThere(engine: Docker, layers: readonly string[]): Promise<number> {
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

/** Content that comes again in a later layer is in the file once, with the first: that one stays. */
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

/** One after another; each is read or resumed before the next. */
function entriesOf(image: Readable): Extract {
  const parser = extract();
  image.once("error", (error) => parser.destroy(error));
  // Its streams are not Node's own, but close enough to be written to.
  return image.pipe(parser as unknown as Writable) as unknown as Extract;
}
