import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unlessAbsent } from "./absent";

/** Where a tree is written before it takes its place: beside it, so that the rename stays on one file system. */
export function stagingPath(to: string): string {
  return join(dirname(to), `.incoming-${basename(to)}`);
}

/** Where a file is written before it takes its place. Names its process, so that the file of a killed one can be recognized. */
export function unfinishedFile(path: string, pid = process.pid): string {
  return join(dirname(path), `.${basename(path)}.${pid}.${randomUUID()}`);
}

/** The process that was writing `path` into the file `name` beside it; undefined when that is another file. */
export function writerOf(name: string, path: string): number | undefined {
  const prefix = `.${basename(path)}.`;
  const [, pid] = name.startsWith(prefix) ? (/^(\d+)\.[0-9a-f-]{36}$/.exec(name.slice(prefix.length)) ?? []) : [];
  return pid === undefined ? undefined : Number(pid);
}

/** Removes the unfinished versions of a file that ended processes left: they may contain a part of its secrets. */
export async function removeUnfinished(path: string): Promise<void> {
  const names = (await readdir(dirname(path)).catch(unlessAbsent)) ?? [];
  for (const name of names) {
    const pid = writerOf(name, path);
    if (pid !== undefined && !isAlive(pid)) await rm(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
