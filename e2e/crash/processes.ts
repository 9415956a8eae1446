import { readdir, readFile, readlink } from "node:fs/promises";

export interface FoundProcess {
  pid: number;
  cwd: string;
  command: string;
}

/** Every process that works in a directory or below it, zombies aside: they run no more. */
export async function processesIn(directory: string): Promise<FoundProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => look(Number(pid))));
  return found.filter((one) => one !== null).filter(({ cwd }) => cwd === directory || cwd.startsWith(`${directory}/`));
}

async function look(pid: number): Promise<FoundProcess | null> {
  try {
    // A removed directory is named with " (deleted)" behind it, which is below it all the same.
    const cwd = (await readlink(`/proc/${pid}/cwd`)).replace(/ \(deleted\)$/, "");
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    return command === "" ? null : { pid, cwd, command };
  } catch {
    return null; // it ended while we looked
  }
}
