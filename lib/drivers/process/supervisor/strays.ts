import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { baseId } from "../../release-layout";
import { signalMarked } from "./cage";
import { report } from "./report";

/*
 * What a release starts and lets go of its process group (a daemon, `setsid`) would outlive it, hold its files and its port,
 * and do its work twice. It is found by what it carries: the control group it was started in, where there is one, and a
 * variable that everything a release starts inherits.
 */

const POLL_MS = 50;
const ROOT = "/sys/fs/cgroup";
const run = promisify(execFile);

interface OfService {
  base: string;
  serviceName: string;
}

export function markOf({ base, serviceName }: OfService, releaseId: string): { LANDFALL_RUN: string } {
  return { LANDFALL_RUN: `${baseId({ base })}:${serviceName}:${releaseId}` };
}

/** Ends what is left of a release, or of all releases of the service. Answers how many there were. */
export async function endStrays(
  service: OfService,
  { releaseId = ".*", groups = [], graceMs }: { releaseId?: string; groups?: readonly string[]; graceMs: number },
): Promise<number> {
  const mark = `LANDFALL_RUN=${markOf(service, releaseId).LANDFALL_RUN}`;
  const send = async (signal: "TERM" | "KILL"): Promise<string[]> => {
    const members = groups.flatMap(membersOf);
    for (const pid of members) signalOne(Number(pid), signal);
    return [...new Set([...members, ...(await signalCarriers(service, mark, signal))])];
  };
  const found = new Set(await send("TERM"));
  const deadline = performance.now() + graceMs;
  while ([...found].some(isAlive) && performance.now() < deadline) await sleep(POLL_MS);
  // Also what came meanwhile: one may start another before it ends.
  for (let round = 0; found.size > 0 && round < 20; round += 1) {
    const left = await send("KILL");
    if (left.length === 0) break;
    for (const pid of left) found.add(pid);
    await sleep(POLL_MS);
  }
  return found.size;
}

async function signalCarriers(service: OfService, mark: string, signal: "TERM" | "KILL"): Promise<string[]> {
  const [file, ...args] = signalMarked(service, mark, signal);
  try {
    return (await run(file, args)).stdout.split("\n").filter(Boolean);
  } catch (error) {
    report(`${service.serviceName}: what it let go of could not be looked for: ${(error as Error).message}`);
    return [];
  }
}

/** The control groups that a process is in and we are not. */
export function groupsOf(pid: number): string[] {
  const own = new Set(groupLines("self"));
  return groupLines(String(pid)).flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return own.has(line) || path === "/" ? [] : [join(ROOT, controllers.replace(/^name=/, ""), path)];
  });
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

function signalOne(pid: number, signal: "TERM" | "KILL"): void {
  try {
    process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isAlive(pid: string): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readIfThere(`/proc/${pid}/status`));
}
