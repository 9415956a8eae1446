import { readFileSync } from "node:fs";

export interface ProcessMemory {
  /** Resident memory, with shared pages counted in full. */
  rssMiB: number;
  /** With shared pages divided among their processes; null where the system does not permit reading it. */
  pssMiB: number | null;
}

export function readMemory(pid: number): ProcessMemory {
  return { rssMiB: kibOf(`/proc/${pid}/status`, "VmRSS") / 1_024, pssMiB: readPss(pid) };
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
