import type { Change } from "@/lib/contracts/release";
import type { ReleaseRef, ServicePlace } from "../driver";
import { diffReleases } from "../release-files";
import { artifactOf, type DockerArtifact, isPulled } from "./artifact";

/** Of two builds the files, of anything else the image: its name, when that says it, else its digest. */
export async function diffImages(place: ServicePlace, from: ReleaseRef, to: ReleaseRef): Promise<Change[]> {
  const [before, after] = [artifactOf(from), artifactOf(to)];
  if (!isPulled(before) && !isPulled(after)) return diffReleases(place, from, to);
  if (before.imageId === after.imageId) return [];
  const [old, now] = [nameOf(before), nameOf(after)];
  if (old === now) return [{ name: now, kind: "changed" }];
  return [
    { name: old, kind: "removed" },
    { name: now, kind: "added" },
  ];
}

function nameOf(artifact: DockerArtifact): string {
  return isPulled(artifact) ? artifact.reference : String(artifact.tag);
}
