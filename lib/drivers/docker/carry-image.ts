import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { scanTree } from "@/lib/hosts/scan-tree";
import { stagingPath } from "@/lib/hosts/staging-path";
import type { PhaseContext } from "../driver";
import { put } from "../phases/transfer";
import { bytes } from "../quantity";
import { serviceDirectory } from "../release-layout";
import { ENGINE_SOCKET } from "./engine";
import { findImage } from "./image";

const FILE = "image.tar.gz";

/** Who carries: a deployment of a service, or an update of Landfall itself. */
export type Carrier = Pick<PhaseContext, "host" | "signal" | "progress" | "log">;

/**
 * Saves an image of this machine's engine into a folder here, which does not exist yet, sends that as any other file is
 * sent (resumed after a cut, checked on the other side) to a folder there, and loads it.
 */
export async function carryImage(
  ctx: Carrier,
  from: Docker,
  name: string,
  folders: { here: string; there: string },
): Promise<void> {
  await mkdir(folders.here);
  await save(ctx, from, name, join(folders.here, FILE));
  await send(ctx, folders);
  await load(ctx, folders.there);
  await removeCarried(ctx, folders.there);
}

/** Safe to repeat. */
export async function removeCarried({ host }: Pick<Carrier, "host">, there: string): Promise<void> {
  for (const path of [there, stagingPath(there)]) await host.remove(path);
}

/** Where a release's image lies on the target between its arrival and its being loaded. */
export function carriedDirectory(ctx: PhaseContext): string {
  return join(serviceDirectory(ctx), "images", ctx.release.id);
}

async function save(ctx: Carrier, from: Docker, name: string, file: string): Promise<void> {
  ctx.progress({ detail: "saving the image" });
  const image = (await from.getImage(name).get()) as Readable;
  // The quickest level: few networks are so slow that a better one would pay.
  const pack = createGzip({ level: constants.Z_BEST_SPEED });
  try {
    await pipeline(image, pack, createWriteStream(file, { mode: 0o600 }), { signal: ctx.signal });
  } catch (cause) {
    ctx.signal.throwIfAborted();
    throw new Problem("transfer-failed", { detail: `saving the image here: ${(cause as Error).message}`, cause });
  }
}

async function send(ctx: Carrier, { here, there }: { here: string; there: string }): Promise<void> {
  const tree = await scanTree(here, ctx.signal);
  ctx.log(`carrying the image over: ${bytes(tree.bytes)} packed`);
  await ctx.host.remove(there);
  await put(ctx, tree, there);
}

/** On the host, by Docker's own command: through the API the file would travel here and back again. */
async function load(ctx: Carrier, there: string): Promise<void> {
  ctx.progress({ detail: "loading the image" });
  const { exitCode, stderr } = await ctx.host.run(
    { args: ["docker", "--host", `unix://${ENGINE_SOCKET}`, "load", "--quiet", "--input", join(there, FILE)] },
    { signal: ctx.signal },
  );
  if (exitCode !== 0) throw new Problem("transfer-failed", { detail: stderr.trim() });
}

/** The id is a digest of everything in it. An engine that keeps images in another way has ids of its own for the same layers. */
export async function checkArrived(from: Docker, to: Docker, name: string): Promise<void> {
  const [sent, arrived] = await Promise.all([findImage(from, name), findImage(to, name)]);
  if (sent && arrived && (sent.Id === arrived.Id || haveSameLayers(sent, arrived))) return;
  const detail = `${name} was ${sent?.Id ?? "nothing"} here and is ${arrived?.Id ?? "nothing"} there`;
  throw new Problem("transfer-failed", { detail });
}

function haveSameLayers(a: ImageInspectInfo, b: ImageInspectInfo): boolean {
  return JSON.stringify(a.RootFS.Layers) === JSON.stringify(b.RootFS.Layers);
}
