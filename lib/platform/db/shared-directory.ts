import { spawnSync } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { Problem } from "@/lib/contracts/problem";

/** Where root keeps what other users could not reach inside a clone (in /root, say): for Postgres, and for services. */
export const SHARED_DIRECTORY = "/var/lib/landfall";

export interface Account {
  uid: number;
  gid: number;
}

/** Whatever the umask says, other users must be able to pass through it. Throws `cannot-start`. */
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

/** Can the account use this file or enter this directory? Asked by trying, so that every rule of the system counts. */
export function canReach(path: string, account: Account | undefined): boolean {
  const test = spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", path], { ...account, cwd: "/", stdio: "ignore" });
  return test.status === 0;
}
