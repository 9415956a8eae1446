import { readdir, readFile, readlink } from "node:fs/promises";

export interface FoundProcess {
  pid: number;
  cwd: string;
  command: string;
}

/** Every process that works in a directory or below it, except zombies, which no longer run. */
export async function processesIn(directory: string): Promise<FoundProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => look(Number(pid))));
  return found.filter((one) => one !== null).filter(({ cwd }) => cwd === directory || cwd.startsWith(`${directory}/`));
}

async function look(pid: number): Promise<FoundProcess | null> {
  try {
    // The path of a removed directory ends in " (deleted)"; its processes count as well.
    const cwd = (await readlink(`/proc/${pid}/cwd`)).replace(/ \(deleted\)$/, "");
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    return command === "" ? null : { pid, cwd, command };
  } catch {
    return null; // it ended in the meantime
  }
}
