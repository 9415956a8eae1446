import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { canReach, makeSharedDirectory, SHARED_DIRECTORY } from "@/lib/platform/db/shared-directory";

const run = promisify(execFile);

/** Stands for the users that services have of their own: it may do what everyone may. */
const ANYONE = { uid: 65_534, gid: 65_534 };

const opened = new Map<string, Promise<string>>();

/**
 * Where the services of this machine are, in a data directory. As root, where services have users of their own, others may
 * pass through that directory and see nothing of what is in it. Where they cannot get there at all (a clone in /root), the
 * services are in a directory outside, and a link stands for it: so the place stays the same for everything else.
 */
export function localBase(dataDirectory: string): Promise<string> {
  const known = opened.get(dataDirectory);
  if (known) return known;
  const base = open(dataDirectory);
  opened.set(dataDirectory, base);
  base.catch(() => opened.delete(dataDirectory));
  return base;
}

async function open(dataDirectory: string): Promise<string> {
  const base = join(dataDirectory, "services");
  if (process.getuid?.() !== 0) return base;
  await mkdir(dataDirectory, { recursive: true });
  await chmod(dataDirectory, 0o711);
  if (!canReach(dataDirectory, ANYONE)) await keepOutside(base);
  return base;
}

/** Of several processes that start at once, one makes the link; each later one finds it. */
async function keepOutside(base: string): Promise<void> {
  const before = await lstat(base).catch(unlessMissing);
  if (before?.isSymbolicLink()) return;
  await makeSharedDirectory();
  // By chance: another clone at this path is another Landfall.
  const outside = join(SHARED_DIRECTORY, `services-${randomBytes(6).toString("hex")}`);
  if (before)
    await run("mv", ["--", base, outside]); // to another disk, maybe
  else await mkdir(outside, { mode: 0o711 });
  await symlink(outside, base).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
