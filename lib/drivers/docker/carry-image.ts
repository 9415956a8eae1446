import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { scanTree } from "@/lib/hosts/scan-tree";
import { stagingPath } from "@/lib/hosts/staging-path";
import type { PhaseContext } from "../driver";
import { put } from "../phases/transfer";
import { bytes } from "../quantity";
import { serviceDirectory } from "../release-layout";
import { ENGINE_SOCKET } from "./engine";

const FILE = "image.tar.gz";

/**
 * Saves an image of this machine's engine into `folder`, sends it as any other file is sent (resumed after a cut, checked
 * on the other side), and loads it there.
 */
export async function carryImage(ctx: PhaseContext, from: Docker, name: string, folder: string): Promise<void> {
  await mkdir(folder);
  await save(ctx, from, name, join(folder, FILE));
  await send(ctx, folder);
  await load(ctx);
  await removeCarried(ctx);
}

/** Safe to repeat. */
export async function removeCarried(ctx: PhaseContext): Promise<void> {
  for (const path of [carriedDirectory(ctx), stagingPath(carriedDirectory(ctx))]) await ctx.host.remove(path);
}

/** Where an image lies on the target between its arrival and its being loaded. */
function carriedDirectory(ctx: PhaseContext): string {
  return join(serviceDirectory(ctx), "images", ctx.release.id);
}

async function save(ctx: PhaseContext, from: Docker, name: string, file: string): Promise<void> {
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

async function send(ctx: PhaseContext, folder: string): Promise<void> {
  const tree = await scanTree(folder, ctx.signal);
  ctx.log(`carrying the image over: ${bytes(tree.bytes)} packed`);
  const to = carriedDirectory(ctx);
  await ctx.host.remove(to);
  await put(ctx, tree, to);
}

/** On the host, by Docker's own command: through the API the file would travel here and back again. */
async function load(ctx: PhaseContext): Promise<void> {
  ctx.progress({ detail: "loading the image" });
  const file = join(carriedDirectory(ctx), FILE);
  const { exitCode, stderr } = await ctx.host.run(
    { args: ["docker", "--host", `unix://${ENGINE_SOCKET}`, "load", "--quiet", "--input", file] },
    { signal: ctx.signal },
  );
  if (exitCode !== 0) throw new Problem("transfer-failed", { detail: stderr.trim() });
}
