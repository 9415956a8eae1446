import { type ReleaseFiles, readKeptFiles, releaseFileOf } from "./files";
import { type Installation, readIfThere } from "./installation";
import { parseReleaseFile, type Release, TIMESTAMP } from "./release";

/** The times of all releases with a folder on the server, newest first. */
export async function listReleases({ host, layout }: Installation): Promise<string[]> {
  if (!(await host.stat(layout.releases))) return [];
  return (await host.list(layout.releases))
    .filter((name) => TIMESTAMP.test(name))
    .sort()
    .reverse();
}

/** Null when the folder is gone, or not whole: such a release cannot be restored. */
export async function findRelease(
  installation: Installation,
  timestamp: string,
): Promise<{ release: Release; files: ReleaseFiles } | null> {
  const [text, files] = await Promise.all([
    readIfThere(installation.host, releaseFileOf(installation, timestamp)),
    readKeptFiles(installation, timestamp),
  ]);
  const kept = text === null ? null : parseReleaseFile(text);
  return kept && files ? { release: kept.release, files } : null;
}
