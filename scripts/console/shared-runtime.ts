import { chmod, copyFile, mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { canReach, makeSharedDirectory, SHARED_DIRECTORY } from "@/lib/platform/db/shared-directory";

/** An unprivileged user. */
const ANYONE = { uid: 65_534, gid: 65_534 };

/**
 * The Node.js that runs the worker and its services. As root, services have users of their own: when this Node.js is in
 * a folder that only root can enter, it is copied into a directory that everyone can read.
 */
export async function sharedRuntime(): Promise<string> {
  if (process.getuid?.() !== 0 || canReach(process.execPath, ANYONE)) return process.execPath;
  const folder = join(SHARED_DIRECTORY, `node-${process.version}`);
  const program = join(folder, "node");
  if (await stat(program).catch(() => undefined)) return program;
  await makeSharedDirectory();
  await mkdir(folder, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  await copyFile(process.execPath, unfinished);
  await chmod(folder, 0o755);
  await chmod(unfinished, 0o755);
  await rename(unfinished, program);
  return program;
}
