import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Problem } from "@/lib/contracts/problem";
import { causeAmong } from "../cause";
import type { HostPlace, ServicePlace } from "../driver";
import { findSupervisor, readSupervisorState, type SupervisorClient } from "./supervisor-client";

const START_MS = 10_000;
const POLL_MS = 15;
const LOG_LINES = 20;

/**
 * The supervisor of a base directory, started when none answers. Of two that start concurrently, one ends by itself.
 *
 * A supervisor of another version is kept while it has services, because replacing it would interrupt them. It is replaced
 * when it has none, and by every restart of the machine or of `npm start`; its API stays compatible until then. A supervisor
 * that runs services as its own user is replaced immediately.
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
 * The supervisor for a removal: the running one, or a new one when the state file lists this service. Null when there is
 * nothing of the service.
 */
export async function supervisorOf(place: ServicePlace, scriptFile?: string): Promise<SupervisorClient | null> {
  const running = await findSupervisor(place);
  if (running) return running;
  const { services } = await readSupervisorState(place);
  const isListed = services.some(({ name }) => name === place.serviceName);
  return isListed ? ensureSupervisor(place, scriptFile) : null;
}

function scriptPath(base: string, version: string): string {
  return join(base, ".supervisor", `supervisor-${version}.mjs`);
}

async function install({ host, base }: HostPlace, { content, version }: SupervisorScript): Promise<void> {
  const path = scriptPath(base, version);
  if ((await host.stat(path)) === null) await host.writeFile(path, content, { mode: 0o600 });
}

/** Waits until the process is gone: until then a new supervisor would end itself as the second one. */
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

interface SupervisorScript {
  content: Buffer;
  /** A hash of the content: two builds of the same code are the same version. */
  version: string;
}

const scripts = new Map<string | undefined, Promise<SupervisorScript>>();

/** The built program, from beside the built worker or from `dist` of the project. Read once per process. */
function readSupervisorScript(file?: string): Promise<SupervisorScript> {
  const known = scripts.get(file);
  if (known) return known;
  const script = read(file);
  scripts.set(file, script);
  script.catch(() => scripts.delete(file)); // not built yet: the next caller tries again
  return script;
}

async function read(file?: string): Promise<SupervisorScript> {
  const path = file ?? (await findScript(dirname(fileURLToPath(import.meta.url))));
  // Keeps the bundler from tracing this path: it would include every file of the project in the web server.
  const content = await readFile(/* turbopackIgnore: true */ path);
  return { content, version: createHash("sha256").update(content).digest("hex").slice(0, 12) };
}

async function findScript(folder: string): Promise<string> {
  for (const path of [join(folder, "supervisor.mjs"), join(folder, "dist", "supervisor.mjs")]) {
    if (await isThere(path)) return path;
  }
  if (dirname(folder) === folder)
    throw new Error("dist/supervisor.mjs is not built: run `node scripts/bundle.mjs supervisor`");
  return findScript(dirname(folder));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
