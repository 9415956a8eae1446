import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { HostPlace, OwnedThing } from "../driver";
import { baseId } from "../release-layout";
import { type ServiceStatus, STATE_FILE } from "./supervisor/protocol";

/**
 * Arguments: the base directory and its id. Prints a process's id, its name, and where it works; a folder that was removed has
 * " (deleted)" behind it. Those of systemd units have their unit.
 */
const LIST = `
find /proc -mindepth 2 -maxdepth 2 -name cwd -lname '/*' -printf '%h %l\\n' 2>/dev/null |
  while IFS=' ' read -r process path; do
    case $path in "$1"/*) grep -q "/landfall-[^/]*-$2-[^/]*\\.service" "$process/cgroup" || printf '%s %s %s\\n' "\${process#/proc/}" "$(tr -c '[:alnum:]\\n._-' _ <"$process/comm")" "$path" ;; esac
  done 2>/dev/null || :
`;
/** Only what still works where it was found. */
const END = `
is_there() { [ "$(readlink "/proc/$1/cwd")" = "$2" ]; }
is_there "$@" || exit 0
kill -TERM "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do is_there "$@" || exit 0; sleep 0.2; done
kill -KILL "$1" || ! is_there "$@"
`;
const OF_RELEASE = /^\/([^/]+)\/releases\/([^/ ]+)/;

/**
 * Processes that let go of everything that a release is known by: its group, its control group, its variable. What is left
 * is the release's folder that they work in, also once that was removed. Where a release runs, they may be its own.
 */
export async function listStrays({ host, base }: HostPlace, services: readonly ServiceStatus[]): Promise<OwnedThing[]> {
  const running = new Set(services.flatMap(({ releases }) => releases.map(({ spec }) => spec.directory)));
  // Only a supervisor's releases have nothing else to be known by.
  if ((await host.stat(join(base, STATE_FILE))) === null) return [];
  const { stdout } = await host.run({ args: ["sh", "-c", LIST, "sh", base, baseId({ base })] });
  return stdout.split("\n").flatMap((line): OwnedThing[] => {
    const [, pid = "", program = "", path = ""] = /^(\d+) (\S*) (.*)$/.exec(line) ?? [];
    const [, serviceName = "", releaseId = ""] = OF_RELEASE.exec(path.slice(base.length)) ?? [];
    if (releaseId === "" || running.has(join(base, serviceName, "releases", releaseId))) return [];
    const remove = async () => {
      const { exitCode, stderr } = await host.run({ args: ["sh", "-c", END, "sh", pid, path] });
      if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "kill" }, detail: stderr.trim() });
    };
    const [id, name] = [`process:${pid}:${releaseId}`, `${program} (${pid})`];
    return [{ id, kind: "process", name, serviceName, releaseId, bytes: null, remove }];
  });
}
