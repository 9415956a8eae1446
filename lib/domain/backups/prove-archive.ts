import type { BackupProof } from "@/lib/contracts/backup";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import { checkArchive } from "./check-archive";
import { compareWithManifest, loadArchive } from "./load-archive";
import { withScratchDatabase } from "./scratch-database";

/**
 * Restores an archive into a scratch database beside the one of `url`, compares every table, and says what came of it:
 * an archive that cannot be restored is a finding, not an error.
 */
export async function proveArchive(
  url: string,
  { file, sha256, signal }: { file: string; sha256: string; signal?: AbortSignal },
): Promise<BackupProof> {
  const startedMs = performance.now();
  const problem = await restoresWhole(url, file, sha256, signal).then(() => null, asFinding);
  signal?.throwIfAborted();
  return {
    state: problem === null ? "proven" : "unproven",
    at: new Date().toISOString(),
    durationMs: Math.round(performance.now() - startedMs),
    problem,
  };
}

async function restoresWhole(url: string, file: string, sha256: string, signal?: AbortSignal): Promise<void> {
  const { manifest } = await checkArchive(file, sha256);
  await withScratchDatabase(url, async (scratch) => {
    await loadArchive(scratch, file, manifest, { signal });
    await compareWithManifest(scratch, manifest, { signal });
  });
}

function asFinding(error: unknown): ProblemData {
  log.warn({ err: error }, "a backup could not be proven");
  if (error instanceof Problem) return error.toData();
  return { code: "backup-failed", params: {}, detail: error instanceof Error ? error.message : String(error) };
}
