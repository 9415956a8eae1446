import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "@/lib/platform/env";

/**
 * Which machine this process runs on. A target of kind `local` names one, so that only a process there touches it.
 * It lives in the data directory and not in /etc/machine-id: copies of one virtual machine share that one.
 */
let known: Promise<string> | undefined;
export function machineId(): Promise<string> {
  known ??= keepMachineId(env.LANDFALL_DATA_DIR).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

/** Two processes that start at once get the same id: `link` makes the complete file appear, or finds the other's. */
export async function keepMachineId(directory: string): Promise<string> {
  const path = join(directory, "machine-id");
  const kept = await readId(path);
  if (kept) return kept;
  await mkdir(directory, { recursive: true });
  const made = join(directory, `.machine-id.${randomUUID()}`);
  await writeFile(made, `${randomUUID()}\n`, { mode: 0o600 });
  try {
    await link(made, path).catch(unlessThere);
  } finally {
    await rm(made, { force: true });
  }
  const id = await readId(path);
  if (!id) throw new Error(`${path} is empty; remove it so that a new one can be made`);
  return id;
}

async function readId(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.trim() || null;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
