import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { baseId } from "../../release-layout";
import { signalMarked } from "./cage";
import { report } from "./report";

/*
 * Ending all processes of a release: its process group, and the strays. A stray is a process that left the group (a
 * daemon, `setsid`). It would outlive the release, keep its files and its port, and do its work twice. A stray is found by
 * the control group it was started in, where there is one, and by a variable that every process of a release inherits.
 */

const POLL_MS = 10;
const STRAY_POLL_MS = 50;
/** A stray may start another one before it ends. */
const STRAY_ROUNDS = 20;
const CONTROL_GROUPS = "/sys/fs/cgroup";
const run = promisify(execFile);

interface OfService {
  base: string;
  serviceName: string;
}

/** Sends TERM to a process group, then KILL. Resolves when no process of it is left. */
export async function endGroup(pgid: number, graceMs: number): Promise<void> {
  signal(-pgid, "SIGTERM");
  if (await isGoneWithin(pgid, graceMs)) return;
  signal(-pgid, "SIGKILL");
  await isGoneWithin(pgid, graceMs);
}

/** Ends the strays of a release, or of all releases of the service. Answers how many there were. */
export async function endStrays(
  service: OfService,
  { releaseId = ".*", groups = [], graceMs }: { releaseId?: string; groups?: readonly string[]; graceMs: number },
): Promise<number> {
  const mark = `LANDFALL_RUN=${markOf(service, releaseId).LANDFALL_RUN}`;
  const send = async (name: "TERM" | "KILL"): Promise<string[]> => {
    const members = groups.flatMap(membersOf);
    for (const pid of members) signal(Number(pid), `SIG${name}`);
    return [...new Set([...members, ...(await signalCarriers(service, mark, name))])];
  };
  const found = new Set(await send("TERM"));
  const deadline = performance.now() + graceMs;
  while ([...found].some((pid) => isAlive(Number(pid))) && performance.now() < deadline) await sleep(STRAY_POLL_MS);
  for (let round = 0; found.size > 0 && round < STRAY_ROUNDS; round += 1) {
    const left = await send("KILL");
    if (left.length === 0) break;
    for (const pid of left) found.add(pid);
    await sleep(STRAY_POLL_MS);
  }
  return found.size;
}

/** The variable that every process of a release inherits. */
export function markOf({ base, serviceName }: OfService, releaseId: string): { LANDFALL_RUN: string } {
  return { LANDFALL_RUN: `${baseId({ base })}:${serviceName}:${releaseId}` };
}

/** When a process started, in the kernel's ticks: with its id, it names one process for as long as the machine runs. */
export function startTimeOf(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Does this id now belong to a process with another start time? Never while any process of its group is left. */
export function isReused(pid: number, startTime: string | null): boolean {
  const found = startTimeOf(pid);
  return found !== null && found !== startTime;
}

/** The control groups that a process is in and the supervisor is not. */
export function groupsOf(pid: number): string[] {
  const own = new Set(groupLines("self"));
  return groupLines(String(pid)).flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return own.has(line) || path === "/" ? [] : [join(CONTROL_GROUPS, controllers.replace(/^name=/, ""), path)];
  });
}

async function isGoneWithin(pgid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isGroupAlive(pgid)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function isGroupAlive(pgid: number): boolean {
  if (!signal(-pgid, 0)) return false;
  return readdirSync("/proc").some(
    (name) => /^\d+$/.test(name) && Number(statFields(Number(name))?.[2]) === pgid && isAlive(Number(name)),
  );
}

/** A zombie does not run: it only waits for its parent to notice. */
function isAlive(pid: number): boolean {
  const [state = "Z"] = statFields(pid) ?? [];
  return state !== "Z";
}

/** The fields of /proc/<pid>/stat from the third on; the second, the name, may contain anything. Null when it is gone. */
function statFields(pid: number): string[] | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === "" ? null : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function groupLines(pid: string): string[] {
  return readIfThere(`/proc/${pid}/cgroup`).split("\n").filter(Boolean);
}

function membersOf(group: string): string[] {
  return readIfThere(join(group, "cgroup.procs")).split("\n").filter(Boolean);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "ENODEV") return "";
    throw error;
  }
}

/** False when there is no such process, or group where the id is negative. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

async function signalCarriers(service: OfService, mark: string, name: "TERM" | "KILL"): Promise<string[]> {
  const [file, ...args] = signalMarked(service, mark, name);
  try {
    return (await run(file, args)).stdout.split("\n").filter(Boolean);
  } catch (error) {
    report(`${service.serviceName}: what it let go of could not be looked for: ${(error as Error).message}`);
    return [];
  }
}
