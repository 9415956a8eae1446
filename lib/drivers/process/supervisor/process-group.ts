import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 10;

/** When a process started, in the kernel's ticks: with its id, it names one process for as long as the machine runs. */
export function startTimeOf(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Is this id another process's by now than the one that started then? Not as long as any of its group is left. */
export function isReused(pid: number, startTime: string | null): boolean {
  const found = startTimeOf(pid);
  return found !== null && found !== startTime;
}

/** Asks a group to end, then makes it. Resolves when none of it is left. */
export async function endGroup(pgid: number, graceMs: number): Promise<void> {
  signalGroup(pgid, "SIGTERM");
  if (await isGoneWithin(pgid, graceMs)) return;
  signalGroup(pgid, "SIGKILL");
  await isGoneWithin(pgid, graceMs);
}

async function isGoneWithin(pgid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isGroupAlive(pgid)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Is there a process of the group that still runs? Zombies are only waiting for their parent to notice. */
function isGroupAlive(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false;
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const fields = statFields(Number(name));
    return fields !== null && Number(fields[2]) === pgid && fields[0] !== "Z";
  });
}

/** False when there is no such group any more. */
function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pgid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** The fields of /proc/<pid>/stat from the third on; the second, the name, may hold anything. Null when it is gone. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
}
