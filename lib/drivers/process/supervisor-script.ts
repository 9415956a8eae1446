import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SupervisorScript {
  content: Buffer;
  /** Of its content: two builds of the same code are the same supervisor. */
  version: string;
}

const scripts = new Map<string | undefined, Promise<SupervisorScript>>();

/** The built program: beside the built worker, or in `dist` of the project this file is in. Read once per process. */
export function readSupervisorScript(file?: string): Promise<SupervisorScript> {
  const known = scripts.get(file);
  if (known) return known;
  const script = read(file);
  scripts.set(file, script);
  script.catch(() => scripts.delete(file)); // not built yet: the next caller looks again
  return script;
}

async function read(file?: string): Promise<SupervisorScript> {
  const path = file ?? (await findScript(dirname(fileURLToPath(import.meta.url))));
  // Not a part of the web server: what is known of this path would make every file of the project one.
  const content = await readFile(/* turbopackIgnore: true */ path);
  return { content, version: createHash("sha256").update(content).digest("hex").slice(0, 12) };
}

async function findScript(folder: string): Promise<string> {
  for (const path of [join(folder, "supervisor.mjs"), join(folder, "dist", "supervisor.mjs")]) {
    if (await isThere(path)) return path;
  }
  if (dirname(folder) === folder)
    throw new Error("dist/supervisor.mjs is not built: run `node scripts/bundle.mjs supervisor`");
  return findScript(dirname(folder));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
