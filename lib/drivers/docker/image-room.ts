import type Docker from "dockerode";
import type { PhaseContext } from "../driver";
import type { Need } from "../phases/room";
import { findArtifact } from "./artifact";
import { imagesPath } from "./engine";

/** What building an image of files writes where the builder is, by what the releases took that another engine may keep. */
export async function imageBuildNeeds(
  { artifacts }: Pick<PhaseContext, "artifacts">,
  { builder, kept }: { builder: Docker; kept: Docker },
  sent: number,
): Promise<Need[]> {
  const [path, took] = await Promise.all([imagesPath(builder), newestImageBytes(kept, artifacts)]);
  return [
    { path, bytes: sent, what: "the builder's copy of the files" },
    { path, bytes: sent, what: "the image's copy of the files" },
    { path, bytes: took === null ? null : Math.max(0, took - sent), what: "what the build adds" },
  ];
}

/**
 * What the newest image of a service that an engine has took: the steps in its history that the image before it does
 * not begin with, or all of them where there is no image before it. Null when the engine has none.
 */
export async function newestImageBytes(engine: Docker, artifacts: PhaseContext["artifacts"]): Promise<number | null> {
  const ids = new Set(artifacts.flatMap(({ artifact }) => findArtifact(artifact)?.imageId ?? []));
  const histories: Step[][] = [];
  for (const id of ids) {
    const history = await historyOf(engine, id);
    if (history && histories.push(history) === 2) break;
  }
  const [newest, before = []] = histories;
  if (!newest) return null;
  const differs = newest.findIndex((step, index) => !isSame(step, before[index]));
  return differs === -1 ? 0 : newest.slice(differs).reduce((sum, { Size }) => sum + Size, 0);
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
