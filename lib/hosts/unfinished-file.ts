import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Where a file is written before it takes its place. Names its process, so that what a killed one left can be told. */
export function unfinishedFile(path: string, pid = process.pid): string {
  return join(dirname(path), `.${basename(path)}.${pid}.${randomUUID()}`);
}

/** The process that was writing `path` into the file `name` beside it; undefined when that is another file. */
export function writerOf(name: string, path: string): number | undefined {
  const prefix = `.${basename(path)}.`;
  const [, pid] = name.startsWith(prefix) ? (/^(\d+)\.[0-9a-f-]{36}$/.exec(name.slice(prefix.length)) ?? []) : [];
  return pid === undefined ? undefined : Number(pid);
}

/** Removes what processes that are gone left unfinished of a file: it may hold a part of its secrets. */
export async function removeUnfinished(path: string): Promise<void> {
  for (const name of await namesIn(dirname(path))) {
    const pid = writerOf(name, path);
    if (pid !== undefined && !isAlive(pid)) await rm(join(dirname(path), name), { force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
