import { Problem } from "@/lib/contracts/problem";
import type { HostPlace } from "../driver";
import { ensureEdge } from "../edge/ensure-edge";
import { leadsTo, leadThroughEdge } from "./public-way";
import type { ReleaseRunner } from "./runner";
import { readServing, servingNames } from "./serving";

/** Puts back what the host lost of one service: its release, the edge, or the edge's way to it. Answers what it did. */
export async function restoreService(
  runner: ReleaseRunner,
  place: HostPlace & { serviceName: string },
): Promise<("release" | "way")[]> {
  const serving = await readServing(place);
  if (!serving) return [];
  const restored: ("release" | "way")[] = [];
  const look = await runner.look(place, serving.releaseId);
  // Nothing of it is for another driver, or a person, to see to.
  if (!look) return [];
  if (!look.running && look.exited) {
    await runner.resume(place, serving.releaseId);
    await runner.keep(place, serving.releaseId);
    restored.push("release");
  }
  if (serving.way === "direct" || (await leadsTo(place, serving, serving))) return restored;
  const edge = await ensureEdge(place);
  if (!edge) throw new Problem("edge-failed", { detail: "Caddy is no longer on the host" });
  if (!(await leadsTo(place, serving, serving))) await leadThroughEdge(place, edge, serving);
  return [...restored, "way"];
}

/** Every service of a base directory that this runner runs. */
export async function restoreAll(runner: ReleaseRunner, place: HostPlace): Promise<void> {
  for (const serviceName of await servingNames(place)) await restoreService(runner, { ...place, serviceName });
}
