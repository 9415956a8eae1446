import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { isAlive } from "../is-alive";

const END_PATIENCE_MS = 25_000;
const HEALTH_PATIENCE_MS = 90_000;
const ASK_EVERY_MS = 200;

export interface LivingProcess {
  role: string;
  host: string;
  pid: number;
}

export function listLivingProcesses(): Promise<LivingProcess[]> {
  return db.process.findMany({
    where: { seenAt: { gt: new Date(Date.now() - PROCESS_GONE_MS) } },
    select: { role: true, host: true, pid: true },
  });
}

/** A running deployment would continue with rows that no longer exist. */
export async function refuseRunningDeployments(living: readonly LivingProcess[]): Promise<void> {
  if (!living.some(({ role }) => role === "worker")) return;
  const running = await db.deployment.count({ where: { state: { in: ["running", "undoing"] } } });
  if (running > 0)
    throw new Problem("restore-refused", {
      detail: `${running === 1 ? "A deployment runs" : `${running} deployments run`} at this moment: wait until they have ended, or stop the workers, then restore again.`,
    });
}

/** Ends the processes of this machine, for their console to restart: their memory is of the former database. */
export async function restartProcesses(living: readonly LivingProcess[]): Promise<void> {
  const ours = living.filter(({ host, pid }) => host === hostname() && isAlive(pid));
  for (const { pid } of ours) process.kill(pid, "SIGTERM");
  const deadline = Date.now() + END_PATIENCE_MS;
  while (ours.some(({ pid }) => isAlive(pid)) && Date.now() < deadline) await sleep(ASK_EVERY_MS);
  for (const { pid } of ours) if (isAlive(pid)) process.kill(pid, "SIGKILL");
}

/** Rejects unless the console at this address reports, in time, that it is healthy and was started after `since`. */
export async function waitForHealth(address: string, since: number): Promise<void> {
  const deadline = Date.now() + HEALTH_PATIENCE_MS;
  let answer = "nothing";
  while (Date.now() < deadline) {
    answer = await askHealth(address, since);
    if (answer === "well") return;
    await sleep(ASK_EVERY_MS);
  }
  throw new Error(`${address}/api/health answered ${answer}`);
}

async function askHealth(address: string, since: number): Promise<string> {
  try {
    const response = await fetch(`${address}/api/health`, { signal: AbortSignal.timeout(5_000) });
    const { uptime, status } = (await response.json()) as { uptime: number; status: string };
    if (Date.now() - uptime * 1_000 < since) return "as the process from before";
    return response.ok ? "well" : `${response.status} ${status}`;
  } catch {
    return "nothing"; // the console is starting
  }
}
