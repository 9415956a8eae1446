import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Json } from "../driver";

/** What runs: an image that was built for the release, or one that was pulled, by its digest. */
const BuiltImage = z.looseObject({ imageId: z.string(), tag: z.string(), exposedPort: z.int().nullable() });
const PulledImage = z.looseObject({
  imageId: z.string(),
  /** As the service's source names it. */
  reference: z.string(),
  /** `docker.io/library/nginx@sha256:…` */
  pinned: z.string(),
  exposedPort: z.int().nullable(),
});
const DockerArtifact = z.union([BuiltImage, PulledImage]);
export type BuiltImage = z.infer<typeof BuiltImage>;
export type PulledImage = z.infer<typeof PulledImage>;
export type DockerArtifact = z.infer<typeof DockerArtifact>;

/** Null for a release that never got as far as an image. */
export function findArtifact(artifact: Json): DockerArtifact | null {
  return DockerArtifact.safeParse(artifact).data ?? null;
}

/** Throws `release-gone` where there is none. */
export function artifactOf(release: { id: string; artifact: Json }): DockerArtifact {
  const artifact = findArtifact(release.artifact);
  if (artifact) return artifact;
  throw new Problem("release-gone", { params: { releaseId: release.id } });
}

export function isPulled(artifact: DockerArtifact | null): artifact is PulledImage {
  return artifact !== null && "pinned" in artifact;
}
