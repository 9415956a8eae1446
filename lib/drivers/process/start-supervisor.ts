import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { causeAmong } from "../cause";
import type { HostPlace, ServicePlace } from "../driver";
import { findSupervisor, type SupervisorClient } from "./supervisor-client";
import { readSupervisorScript, type SupervisorScript } from "./supervisor-script";
import { isListed } from "./supervisor-state";

const START_MS = 10_000;
const POLL_MS = 15;
const LOG_LINES = 20;

/**
 * The supervisor of a base directory, started when none answers. Of two that are started at once, one ends by itself.
 *
 * A running one of another version is kept while it has services: replacing it would interrupt them. It is replaced
 * when it has none, and by every restart of the machine or of `npm start`; its API stays compatible until then. One that
 * runs services as its own user is replaced at once.
 */
export async function ensureSupervisor(place: HostPlace, scriptFile?: string): Promise<SupervisorClient> {
  const running = await findSupervisor(place);
  const script = await readSupervisorScript(scriptFile);
  if (running) {
    const mayStay = running.cages && (await running.status()).services.length > 0;
    if (running.version === script.version || mayStay) return running;
    await end(place, running);
  }
  await install(place, script);
  return start(place, script);
}

/**
 * For what only takes away: the one that answers, or a new one when the state file says that this service must run or
 * left something behind. Null when there is nothing of it.
 */
export async function supervisorOf(place: ServicePlace, scriptFile?: string): Promise<SupervisorClient | null> {
  const running = await findSupervisor(place);
  if (running) return running;
  return (await isListed(place, place.serviceName)) ? ensureSupervisor(place, scriptFile) : null;
}

function scriptPath(base: string, version: string): string {
  return join(base, ".supervisor", `supervisor-${version}.mjs`);
}

async function install({ host, base }: HostPlace, { content, version }: SupervisorScript): Promise<void> {
  const path = scriptPath(base, version);
  if ((await host.stat(path)) === null) await host.writeFile(path, content, { mode: 0o600 });
}

/** Until it is gone, its successor would take itself for one too many. */
async function end({ host }: HostPlace, supervisor: SupervisorClient): Promise<void> {
  const { pid } = await supervisor.status();
  await supervisor.shutDown();
  const deadline = performance.now() + START_MS;
  while ((await host.stat(`/proc/${pid}`)) !== null && performance.now() < deadline) await sleep(POLL_MS);
}

async function start(place: HostPlace, { version }: SupervisorScript): Promise<SupervisorClient> {
  const { host, base } = place;
  const logFile = join(base, ".supervisor", "supervisor.log");
  await host.spawnDetached({ args: ["node", scriptPath(base, version), base, version], cwd: "/" }, { logFile });
  const deadline = performance.now() + START_MS;
  for (;;) {
    const client = await findSupervisor(place);
    if (client) return client;
    if (performance.now() > deadline) throw new Problem("start-failed", { detail: await lastWords(place, logFile) });
    await sleep(POLL_MS);
  }
}

async function lastWords({ host }: HostPlace, logFile: string): Promise<string> {
  const log = (await host.readFile(logFile)).toString("utf8");
  return causeAmong(log.trim().split("\n").slice(-LOG_LINES))?.text ?? "the supervisor did not start";
}
