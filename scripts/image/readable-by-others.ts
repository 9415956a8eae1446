import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const OTHERS = 0o077;

/** The files in these folders that more than their owner may read. A folder that is not there has none. */
export function findReadableByOthers(folders: readonly string[]): string[] {
  return folders.flatMap(filesIn).filter((path) => (statSync(path).mode & OTHERS) !== 0);
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  } catch (error) {
    // Not everybody keeps secrets in files; a folder we may not list shows us nothing either.
    if (["ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
