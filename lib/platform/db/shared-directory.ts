import { spawnSync } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { Problem } from "@/lib/contracts/problem";

/** Where root stores files, for Postgres and services, that others could not reach in a clone (in /root, say). */
export const SHARED_DIRECTORY = "/var/lib/landfall";

export interface Account {
  uid: number;
  gid: number;
}

/** Other users must be able to traverse it, whatever the umask is. Throws `cannot-start`. */
export async function makeSharedDirectory(): Promise<void> {
  try {
    await mkdir(SHARED_DIRECTORY, { recursive: true });
    await chmod(SHARED_DIRECTORY, 0o755);
  } catch (cause) {
    throw new Problem("cannot-start", {
      detail: `Postgres and services do not run as root, their users cannot reach this folder, and ${SHARED_DIRECTORY} cannot be written: move the clone out of /root, or start Landfall as an ordinary user.`,
      cause,
    });
  }
}

/** Can the account use this file or enter this directory? Tested by doing it, so that every access rule counts. */
export function canReach(path: string, account: Account | undefined): boolean {
  const test = spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", path], { ...account, cwd: "/", stdio: "ignore" });
  return test.status === 0;
}
