import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";

/** A file that became a pipe meanwhile must not hold the worker up. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of a source as it was listed: whoever may write into the source can put a link in its place, or in that of
 * a folder above it, at any moment, and it would be read with the worker's rights. `root` is a real path. Throws
 * `source-changed` for whatever is not that file any more. A matter of microseconds, so nothing is awaited.
 */
export function openSourceFile(root: string, path: string): number {
  const file = open(root, path);
  try {
    // Where the kernel says that it is; a link on the way is not in that.
    if (fstatSync(file).isFile() && readlinkSync(`/proc/self/fd/${file}`) === join(root, path)) return file;
    throw changed(path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** All of a file that is small. */
export function readSourceFile(root: string, path: string): Buffer {
  const file = openSourceFile(root, path);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function open(root: string, path: string): number {
  if (path.split("/").includes("..")) throw changed(path);
  try {
    return openSync(join(root, path), FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A link, and a socket or a pipe.
    if (code === "ELOOP" || code === "ENXIO") throw changed(path, error);
    throw error;
  }
}

function changed(path: string, cause?: unknown): Problem {
  return new Problem("source-changed", { params: { path }, cause });
}
