import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { scanTree } from "@/lib/hosts/scan-tree";
import { stagingPath } from "@/lib/hosts/unfinished";
import type { PhaseContext } from "../driver";
import { checkRoom, checkRoomHere, type Need, transferNeeds } from "../phases/room";
import { put } from "../phases/transfer";
import { bytes } from "../quantity";
import { serviceDirectory } from "../release-layout";
import { ENGINE_SOCKET, imageStore } from "./engine";
import { findImage } from "./image";
import { imageNeeds } from "./image-room";
import { countLayersThere, planSave, type SavePlan, saveImage } from "./save-image";

const FILE = "image.tar.gz";

/** Who carries: a deployment of a service, or an update of Landfall itself. */
export type Carrier = Pick<PhaseContext, "host" | "signal" | "progress" | "log">;

/** The engine of this machine that has an image, and the one that is to have it. */
export interface Engines {
  from: Docker;
  to: Docker;
}

/**
 * Saves an image of this machine's engine into a folder here, which does not exist yet, sends that as any other file is
 * sent (resumed after a cut, checked on the other side) to a folder there, and loads it. Layers that are there stay here.
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
  // Docker writes all layers to a temporary folder of its own before it hands them out.
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
    // Somebody may have removed them meanwhile.
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

/** Where a release's image lies on the target between its arrival and its being loaded. */
export function carriedDirectory(ctx: PhaseContext): string {
  return join(serviceDirectory(ctx), "images", ctx.release.id);
}

/** Layers that are there already are not in the plan. Docker has the file's content beside the image while it loads it. */
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
 * On the host, by Docker's own command: through the API the file would travel here and back again. Answers what it was
 * refused with.
 */
async function load(ctx: Carrier, there: string): Promise<string | null> {
  ctx.progress({ facts: [fact("loading-image")] });
  const { exitCode, stderr } = await ctx.host.run(
    { args: ["docker", "--host", `unix://${ENGINE_SOCKET}`, "load", "--quiet", "--input", join(there, FILE)] },
    { signal: ctx.signal },
  );
  return exitCode === 0 ? null : stderr.trim() || `exit code ${exitCode}`;
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
