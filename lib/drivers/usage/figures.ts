import { Problem } from "@/lib/contracts/problem";
import type { CommandResult } from "@/lib/hosts/host";

/** The words of each line that a program of this folder's kind printed, after the first line, which has the host's. */
export interface PrintedFigures {
  uptimeMs: number;
  /** What the first line has after the uptime. */
  constants: readonly number[];
  lines: readonly (readonly string[])[];
}

/** Throws `command-failed` for a command that failed, and for output without the host's uptime. */
export function figuresIn({ exitCode, signal, stdout, stderr }: CommandResult): PrintedFigures {
  const [first = [], ...lines] = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "));
  const [uptimeSeconds, ...constants] = first.map(Number);
  if (exitCode !== 0 || uptimeSeconds === undefined || !Number.isFinite(uptimeSeconds)) {
    const detail = stderr.trim() || `it ended with ${signal ?? `exit code ${exitCode}`}`;
    throw new Problem("command-failed", { params: { command: "sh" }, detail });
  }
  return { uptimeMs: uptimeSeconds * 1_000, constants, lines };
}

/** What `figures` of control-groups.sh sets: nanoseconds and bytes, `-` where the host does not account for them. */
export function groupFigures(cpuNs: string | undefined, memory: string | undefined) {
  const [cpu, memoryBytes] = [cpuNs, memory].map((word) => (word && /^\d+$/.test(word) ? Number(word) : null));
  return { cpuMs: cpu == null ? null : cpu / 1_000_000, memoryBytes: memoryBytes ?? null };
}
