import { createWriteStream } from "node:fs";
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type Docker from "dockerode";
import { type Extract, extract, type Pack, pack } from "tar-stream";
import { findImage } from "./image";

/** In every format of such a file that Docker has had. Each image in it names the files of its layers, in order. */
const MANIFEST = "manifest.json";
type Manifest = { Layers: string[] }[];

interface SaveOptions {
  /** Digests of the layers, in order, and how many of the first are not put into the file. */
  layers: readonly string[];
  leaveOut: number;
  signal: AbortSignal;
}

/** Saves an image of an engine as one packed file. */
export async function saveImage(engine: Docker, name: string, file: string, options: SaveOptions): Promise<void> {
  const { leaveOut, signal } = options;
  const saved = async () => addAbortSignal(signal, (await engine.getImage(name).get()) as Readable);
  // What is what is said at its end: to leave something out it is read twice.
  const unneeded = leaveOut === 0 ? null : await filesToLeaveOut(await saved(), options);
  const tar = unneeded ? repack(await saved(), unneeded) : await saved();
  // The quickest level: few networks are so slow that a better one would pay.
  const zip = createGzip({ level: constants.Z_BEST_SPEED });
  await pipeline(tar as AsyncIterable<Uint8Array>, zip, createWriteStream(file, { mode: 0o600 }), { signal });
}

/**
 * How many of these layers, from the first on, an engine has. None where it keeps images as containerd does: such an
 * engine takes an image whose layers did not come with it for whole.
 */
export async function countLayersThere(engine: Docker, layers: readonly string[]): Promise<number> {
  const { DriverStatus = [] } = (await engine.info()) as { DriverStatus?: [string, string][] };
  if (DriverStatus.some(([name]) => name === "driver-type")) return 0;
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

/** Content that comes again in a later layer is in the file once, with the first: that one stays. */
async function filesToLeaveOut(image: Readable, { layers, leaveOut }: SaveOptions): Promise<Set<string>> {
  let files: string[] = [];
  for await (const entry of entriesOf(image)) {
    if (entry.header.name !== MANIFEST) entry.resume();
    else files = ((await json(entry as AsyncIterable<Uint8Array>)) as Manifest)[0]?.Layers ?? [];
  }
  const rest = layers.slice(leaveOut);
  return new Set(files.filter((_, index) => index < leaveOut && !rest.includes(layers[index] ?? "")));
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
