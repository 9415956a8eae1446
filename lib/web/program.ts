import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

interface Program {
  text: string;
  etag: string;
}

let known: { modifiedMs: number; program: Program } | undefined;

/** The built command line; null when it is not built. Read again when the file has changed. */
export async function readProgram(from = process.cwd()): Promise<Program | null> {
  const found = await findProgram(from);
  if (!found) return null;
  if (known?.modifiedMs === found.modifiedMs) return known.program;
  const text = await readFile(/* turbopackIgnore: true */ found.path, "utf8");
  const digest = createHash("sha256").update(text).digest("base64url");
  known = { modifiedMs: found.modifiedMs, program: { text, etag: `"${digest.slice(0, 22)}"` } };
  return known.program;
}

/** In the image it is beside the server; in a clone the server runs in .next/standalone. */
async function findProgram(folder: string): Promise<{ path: string; modifiedMs: number } | null> {
  const path = join(/* turbopackIgnore: true */ folder, "dist", "cli.mjs");
  const found = await stat(/* turbopackIgnore: true */ path).catch(() => null);
  if (found) return { path, modifiedMs: found.mtimeMs };
  return dirname(folder) === folder ? null : findProgram(dirname(folder));
}
