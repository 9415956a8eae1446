import { Problem } from "@/lib/contracts/problem";
import type { Change } from "@/lib/contracts/release";
import type { ReleaseRef, ServicePlace } from "../driver";
import { compareEntries, readManifest } from "../manifest";
import { releaseLayout } from "../release-layout";

/** A release whose artifact is its directory. */
export async function hasReleaseFiles(place: ServicePlace, { id }: ReleaseRef): Promise<boolean> {
  return (await place.host.stat(releaseLayout(place, id).directory))?.kind === "directory";
}

/** Throws `release-gone` when one of them was removed. */
export async function diffReleases(place: ServicePlace, from: ReleaseRef, to: ReleaseRef): Promise<Change[]> {
  return compareEntries(await entriesOf(place, from), await entriesOf(place, to));
}

async function entriesOf(place: ServicePlace, { id }: ReleaseRef) {
  const entries = await readManifest(place, id);
  if (!entries) throw new Problem("release-gone", { params: { releaseId: id } });
  return entries;
}

/** Safe to repeat. */
export async function removeReleaseFiles(place: ServicePlace, releaseId: string): Promise<void> {
  const { directory, manifest, environment } = releaseLayout(place, releaseId);
  for (const path of [directory, manifest, environment]) await place.host.remove(path);
}
