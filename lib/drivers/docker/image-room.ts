import type Docker from "dockerode";
import type { PhaseContext } from "../driver";
import type { Need } from "../phases/room";
import { findArtifact } from "./artifact";

export interface ImageStore {
  /** Docker's own folder on its host, in which it also unpacks. */
  path: string;
  /** Images are in containerd's own folder, which Docker does not report. */
  isContainerd: boolean;
}

export async function imageStore(engine: Docker): Promise<ImageStore> {
  const info = (await engine.info()) as { DockerRootDir: string; DriverStatus?: [string, string][] | null };
  const isContainerd = (info.DriverStatus ?? []).some(([name]) => name === "driver-type");
  return { path: info.DockerRootDir, isContainerd };
}

/** What is written where an engine keeps its images: not compared where it does not tell the folder. */
export function imageNeeds({ path, isContainerd }: ImageStore, needs: readonly Omit<Need, "path">[]): Need[] {
  return needs.map((need) => ({ path, ...need, ...(isContainerd && { bytes: null }) }));
}

/** What building an image of `sent` bytes of files writes; `kept` is the engine that has the releases' images. */
export async function imageBuildNeeds(
  { artifacts }: Pick<PhaseContext, "artifacts">,
  { builder, kept }: { builder: Docker; kept: Docker },
  sent: number,
): Promise<Need[]> {
  const [store, usual] = await Promise.all([imageStore(builder), usualImageBytes(kept, artifacts)]);
  return imageNeeds(store, [
    { bytes: sent, what: "the builder's copy of the files" },
    { bytes: sent, what: "the image's copy of the files" },
    { bytes: usual === null ? null : Math.max(0, usual - sent), what: "what the build adds" },
  ]);
}

/** More are not looked at: each costs a question. */
const LOOKED_AT = 3;

/**
 * What the newest images of a service each added to the one before, by the steps of their histories: the least of it, because
 * a new base is no rule. Null with fewer than three images.
 */
export async function usualImageBytes(engine: Docker, artifacts: PhaseContext["artifacts"]): Promise<number | null> {
  const ids = [...new Set(artifacts.flatMap(({ artifact }) => findArtifact(artifact)?.imageId ?? []))];
  const histories = await Promise.all(ids.slice(0, LOOKED_AT).map((id) => historyOf(engine, id)));
  const known = histories.filter((history) => history !== null);
  if (known.length < LOOKED_AT) return null;
  return Math.min(...known.slice(1).map((before, index) => addedBytes(known[index] ?? [], before)));
}

function addedBytes(steps: readonly Step[], before: readonly Step[]): number {
  const differs = steps.findIndex((step, index) => !isSame(step, before[index]));
  return differs === -1 ? 0 : steps.slice(differs).reduce((sum, { Size }) => sum + Size, 0);
}

interface Step {
  Created: number;
  CreatedBy: string;
  Size: number;
}

/** From the base on. Null when it cannot be had: an estimate fails no deployment. */
async function historyOf(engine: Docker, id: string): Promise<Step[] | null> {
  const history: Step[] | null = await engine
    .getImage(id)
    .history()
    .catch(() => null);
  return history?.toReversed() ?? null;
}

function isSame(step: Step, other: Step | undefined): boolean {
  return step.Created === other?.Created && step.CreatedBy === other.CreatedBy && step.Size === other.Size;
}
