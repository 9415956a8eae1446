import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LimitMechanism, ReleaseSpec } from "./protocol";
import { report } from "./report";

/**
 * Memory and CPU limits of a release, by the best way this host has:
 * - where systemd runs, a scope (`systemd-run --scope`), because systemd owns the control groups there;
 * - else a new control group (version 2, or the memory and cpu hierarchies of version 1), where creating one is permitted;
 * - else none. `ulimit -v` is not used: it counts address space, of which Node reserves many gigabytes it never touches.
 */
export interface Limited {
  mechanism: LimitMechanism;
  args: [string, ...string[]];
  /** Removes the control groups; call it when the processes are gone. */
  release(): void;
}

const nothing = () => {};

export function limited(args: [string, ...string[]], name: string, spec: ReleaseSpec): Limited {
  if (spec.memoryMb === null && spec.cpus === null) return { mechanism: "not-asked", args, release: nothing };
  const scope = scopeCommand(spec);
  if (scope) return { mechanism: "systemd", args: [...scope, ...args], release: nothing };
  const groups = controlGroups(name, spec);
  if (groups)
    return { mechanism: "cgroup", args: [...joinCommand(groups), ...args], release: () => removeGroups(groups) };
  return { mechanism: "unavailable", args, release: nothing };
}

function scopeCommand({ memoryMb, cpus }: ReleaseSpec): [string, ...string[]] | null {
  const run = systemdRun();
  if (!run) return null;
  const memory = memoryMb === null ? [] : ["-p", `MemoryMax=${memoryMb}M`, "-p", "MemorySwapMax=0"];
  const cpu = cpus === null ? [] : ["-p", `CPUQuota=${Math.round(cpus * 100)}%`];
  return [...run, ...memory, ...cpu, "--"];
}

let knownRun: [string, ...string[]] | null | undefined;

/** The command that starts a scope, tried once: an ordinary user may have no systemd manager. */
function systemdRun(): [string, ...string[]] | null {
  if (knownRun !== undefined) return knownRun;
  const user = process.getuid?.() === 0 ? [] : ["--user"];
  const run: [string, ...string[]] = ["systemd-run", ...user, "--scope", "--quiet", "--collect"];
  const works =
    existsSync("/run/systemd/system") &&
    spawnSync(run[0], [...run.slice(1), "--", "true"], { timeout: 2_000 }).status === 0;
  knownRun = works ? run : null;
  return knownRun;
}

const ROOT = "/sys/fs/cgroup";
const CPU_PERIOD_US = 100_000;

/** Creates the group's folders and writes its limits; null where that is not permitted. */
function controlGroups(name: string, spec: ReleaseSpec): string[] | null {
  const made: string[] = [];
  try {
    for (const [folder, settings] of groupSettings(spec)) {
      const group = join(folder, `landfall-${name}`);
      mkdirSync(group, { recursive: true });
      made.push(group);
      for (const [file, value] of settings) writeFileSync(join(group, file), value, { flag: "r+" });
    }
    return made.length > 0 ? made : null;
  } catch {
    // Not permitted (no root, read-only, a controller that is not enabled): the caller reports that there is no limit.
    removeGroups(made);
    return null;
  }
}

type GroupSettings = [folder: string, settings: [file: string, value: string][]];

function groupSettings({ memoryMb, cpus }: ReleaseSpec): GroupSettings[] {
  const bytes = memoryMb === null ? null : String(memoryMb * 1024 * 1024);
  const quota = cpus === null ? null : Math.round(cpus * CPU_PERIOD_US);
  if (existsSync(join(ROOT, "cgroup.controllers"))) {
    const memory: [string, string][] = bytes === null ? [] : [["memory.max", bytes]];
    const cpu: [string, string][] = quota === null ? [] : [["cpu.max", `${quota} ${CPU_PERIOD_US}`]];
    return [[ROOT, [...memory, ...cpu]]];
  }
  const memory: GroupSettings[] = bytes === null ? [] : [[join(ROOT, "memory"), [["memory.limit_in_bytes", bytes]]]];
  const cpu: GroupSettings[] = quota === null ? [] : [[join(ROOT, "cpu"), [["cpu.cfs_quota_us", String(quota)]]]];
  return [...memory, ...cpu];
}

/** Enters the groups before it executes the command, so that no part of it runs outside. */
function joinCommand(groups: string[]): [string, ...string[]] {
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; n=$((n - 1)); done; exec "$@"';
  return ["/bin/sh", "-c", script, "limit", String(groups.length), ...groups];
}

function removeGroups(groups: string[]): void {
  for (const group of groups) {
    try {
      rmdirSync(group);
    } catch (error) {
      // The kernel may still count a zombie in it. An empty group costs nothing, and the next start uses it again.
      report(`control group ${group} stays: ${(error as Error).message}`);
    }
  }
}
