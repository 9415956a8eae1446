import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  date: string;
  commit: string;
  cores: number;
  processor: string;
  memoryMiB: number;
  kernel: string;
  node: string;
  /** The embedded database's version; null until a console ran. */
  postgres: string | null;
  /** The load of the minute before the first scenario: above the number of cores, other work was running as well. */
  loadBefore: number;
}

export function describeMachine(root: string): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: commitOf(root),
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? "unknown",
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.versions.node,
    postgres: null,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

/** A copy without its Git history has no commit. */
function commitOf(root: string): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : " and changes"}`;
  } catch {
    return "unknown";
  }
}
