import { hash } from "node:crypto";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Change } from "@/lib/contracts/release";
import type { TreeEntry } from "@/lib/hosts/host";
import type { ReleaseRef, ServicePlace } from "./driver";
import { releaseLayout } from "./release-layout";

/** Is there still a directory of this release? For drivers whose artifact is that directory. */
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
  const { directory, manifest, built, environment } = releaseLayout(place, releaseId);
  for (const path of [directory, manifest, built, environment]) await place.host.remove(path);
}

/** The list of files sent for a release. The next transfer and the rollback dialog compare with it. */
const Manifest = z.object({
  entries: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(["file", "directory", "symlink"]),
      mode: z.int(),
      size: z.int(),
      digest: z.string(),
    }),
  ),
});

export async function writeManifest(
  place: ServicePlace,
  releaseId: string,
  entries: readonly TreeEntry[],
): Promise<void> {
  await place.host.writeFile(releaseLayout(place, releaseId).manifest, JSON.stringify({ entries }), { mode: 0o600 });
}

/** A digest of all files: equal files have an equal digest, whenever and from wherever they were sent. */
export function treeDigest(entries: readonly TreeEntry[]): string {
  const lines = entries
    .filter(({ kind }) => kind !== "directory")
    .map(({ path, kind, mode, digest }) => `${path}\0${kind}\0${mode}\0${digest}\n`);
  return `sha256:${hash("sha256", lines.toSorted().join(""))}`;
}

/** Null when the release was removed. */
export async function readManifest(place: ServicePlace, releaseId: string): Promise<readonly TreeEntry[] | null> {
  const { manifest } = releaseLayout(place, releaseId);
  if ((await place.host.stat(manifest)) === null) return null;
  return Manifest.parse(JSON.parse((await place.host.readFile(manifest)).toString("utf8"))).entries;
}

/** Compares files and links by path. Directories are left out: their files say the same. */
export function compareEntries(from: readonly TreeEntry[], to: readonly TreeEntry[]): Change[] {
  const before = byPath(from);
  const after = byPath(to);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): Change[] => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) return [];
    if (old === undefined) return [{ name, kind: "added" }];
    return [{ name, kind: now === undefined ? "removed" : "changed" }];
  });
}

function byPath(entries: readonly TreeEntry[]): Map<string, string> {
  const files = entries.filter(({ kind }) => kind !== "directory");
  return new Map(files.map(({ path, kind, mode, digest }) => [path, `${kind} ${mode} ${digest}`]));
}
