import { readdirSync, readFileSync } from "node:fs";

export interface ProcessMemory {
  /** Resident memory, with shared pages counted in full. */
  rssMiB: number;
  /** With shared pages divided among their processes; null where the system does not permit reading it. */
  pssMiB: number | null;
}

export function readMemory(pid: number): ProcessMemory {
  return { rssMiB: kibOf(`/proc/${pid}/status`, "VmRSS") / 1_024, pssMiB: readPss(pid) };
}

/**
 * Every process of the console whose data lies in `directory`, by its process id: launcher, web, worker, supervisor and
 * each process of Postgres. Services that it deployed are not among them.
 */
export function processesOfConsole(directory: string): number[] {
  const running = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = running.flatMap((pid) => {
    try {
      const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
      return [
        {
          pid: Number(pid),
          parent: Number(/^PPid:\s+(\d+)$/m.exec(read("status"))?.[1]),
          command: read("cmdline"),
          environment: read("environ"),
        },
      ];
    } catch (error) {
      if (["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return []; // it ended
      throw error;
    }
  });
  const pidOf = (isIt: (command: string) => boolean) => found.find(({ command }) => isIt(command))?.pid;
  const postgres = pidOf((command) => /^[^\0]*\/postgres\0/.test(command) && command.includes(directory));
  const supervisor = pidOf((command) => command.includes(`${directory}/services/.supervisor/`));
  const isOwn = ({ parent, command, environment }: (typeof found)[number]) =>
    parent === postgres ||
    command.includes(directory) ||
    environment.split("\0").includes(`LANDFALL_DATA_DIR=${directory}`);
  return found.filter((one) => one.parent !== supervisor && isOwn(one)).map(({ pid }) => pid);
}

function readPss(pid: number): number | null {
  try {
    return kibOf(`/proc/${pid}/smaps_rollup`, "Pss") / 1_024;
  } catch (error) {
    if (["EACCES", "EPERM", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

function kibOf(file: string, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8"));
  if (!line) throw new Error(`${file} has no ${field}`);
  return Number(line[1]);
}

export function describeMemory({ rssMiB, pssMiB }: ProcessMemory): string {
  return `RSS ${rssMiB.toFixed(0)} MiB${pssMiB === null ? "" : `, PSS ${pssMiB.toFixed(0)} MiB`}`;
}
