import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "@/lib/platform/env";

/**
 * The id of the machine that this process runs on. A target of kind `local` has one, so that only a process there works
 * on it. The id is in the data directory; /etc/machine-id is not used, because copies of a virtual machine share it.
 */
let known: Promise<string> | undefined;
export function machineId(): Promise<string> {
  known ??= keepMachineId(env.LANDFALL_DATA_DIR).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

/** Two concurrently started processes get the same id: `link` publishes a complete file or finds the other's. */
export async function keepMachineId(directory: string): Promise<string> {
  const path = join(directory, "machine-id");
  const kept = await readId(path);
  if (kept) return kept;
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `.machine-id.${randomUUID()}`);
  await writeFile(draft, `${randomUUID()}\n`, { mode: 0o600 });
  try {
    await link(draft, path).catch(unlessThere);
  } finally {
    await rm(draft, { force: true });
  }
  const id = await readId(path);
  if (!id) throw new Error(`${path} is empty; remove it so that a new one is created`);
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
