import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const OTHERS = 0o077;

/** The files in these folders that users other than their owner may read. A missing folder has none. */
export function findReadableByOthers(folders: readonly string[]): string[] {
  return folders.flatMap(filesIn).filter((path) => (statSync(path).mode & OTHERS) !== 0);
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  } catch (error) {
    // Secrets in files are optional; a folder that we may not list exposes nothing either.
    if (["ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
