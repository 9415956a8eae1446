import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder on this machine for one release's build. Its name is fixed, so what a killed worker left is found again. */
export async function withWorkspace<T>(releaseId: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(tmpdir(), `landfall-build-${releaseId}`);
  await removeWorkspace(releaseId);
  await mkdir(folder, { mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await removeWorkspace(releaseId);
  }
}

export async function removeWorkspace(releaseId: string): Promise<void> {
  await rm(join(tmpdir(), `landfall-build-${releaseId}`), { recursive: true, force: true });
}
