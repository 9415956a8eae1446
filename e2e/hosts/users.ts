/* Which runs use the hosts now: the last one to leave takes them down. */
import { heldLocks, tryLock } from "./machine-lock";

const PREFIX = "run-";
const own = `${PREFIX}${process.pid}`;

/** Until the answered function is called, or this process ends. */
export async function enter(): Promise<() => Promise<void>> {
  const leave = await tryLock(own);
  if (!leave) throw new Error("this run has entered already");
  return leave;
}

export function isUsedByOthers(): boolean {
  return heldLocks().some((name) => name.startsWith(PREFIX) && name !== own);
}
