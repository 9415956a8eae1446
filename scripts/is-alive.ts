/** Whether a process of this machine runs, or is a zombie that its parent has not reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
