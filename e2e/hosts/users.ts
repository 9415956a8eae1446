/* The runs that currently use the hosts: the last one to leave removes them. */
import { heldLocks, tryLock } from "./machine-lock";

const PREFIX = "run-";
const own = `${PREFIX}${process.pid}`;

/** Until the returned function is called, or this process ends. */
export async function enter(): Promise<() => Promise<void>> {
  const leave = await tryLock(own);
  if (!leave) throw new Error("this run has entered already");
  return leave;
}

export function isUsedByOthers(): boolean {
  return heldLocks().some((name) => name.startsWith(PREFIX) && name !== own);
}
