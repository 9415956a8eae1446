import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HealthCheck } from "@/lib/contracts/health-check";
import { freePort } from "@/lib/hosts/free-port";
import type { Installation } from "./installation";

/**
 * The smallest possible service: nothing to install, nothing to build. `/health` reports the time from the start of its
 * process to its open port, which no engine can shorten. With BROKEN set it is never healthy.
 */
const SERVER = `import { createServer } from "node:http";

let bootMs;
const server = createServer((request, response) => {
  const healthy = !process.env.BROKEN;
  response.writeHead(healthy ? 200 : 500, { "content-type": "application/json" });
  response.end(JSON.stringify({ version: process.env.VERSION ?? null, bootMs }));
});
server.listen(process.env.PORT, "127.0.0.1", () => {
  bootMs = performance.now();
});
`;

/** Once the file \`go\` of its arguments exists, it writes lines that contain the time, at a given interval. */
const TICK = `import { existsSync } from "node:fs";

const [lines, everyMs, go] = process.argv.slice(2);
let written = 0;
const tick = setInterval(() => {
  if (go && !existsSync(go)) return;
  written += 1;
  console.log(\`line \${written} at \${Date.now()}.\`);
  if (written === Number(lines)) clearInterval(tick);
}, Number(everyMs));
`;

/** Numbered lines of a hundred characters, as fast as they are read. */
const FLOOD = `import { writeSync } from "node:fs";

const lines = Number(process.argv[2]);
const PER_WRITE = 100;
for (let first = 1; first <= lines; first += PER_WRITE) {
  let text = "";
  for (let line = first; line < first + PER_WRITE && line <= lines; line += 1) {
    text += \`line \${line} at \${Date.now()}.\`.padEnd(99, " compiling") + "\\n";
  }
  write(text);
}

function write(text) {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
`;

/** The lines of these programs. */
export const LINE = /line (\d+) at (\d+)\./;

/** A health check without waits: the remaining time is the product's own. */
export const NO_WAITS: Partial<HealthCheck> = { healthyThreshold: 1, goodIntervalMs: 10, stabilityMs: 0 };

export interface SampleService {
  name: string;
  port: number;
  url: string;
}

export async function addService(
  landfall: Installation,
  name: string,
  { build, health = {} }: { build?: string; health?: Partial<HealthCheck> } = {},
): Promise<SampleService> {
  const path = join(landfall.sources, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "server.mjs"), SERVER);
  await writeFile(join(path, "tick.mjs"), TICK);
  await writeFile(join(path, "flood.mjs"), FLOOD);
  const port = await freePort();
  const settings = { start: "node server.mjs", install: "none", bindAddress: "127.0.0.1", ...(build && { build }) };
  await landfall.api.post("/api/services", {
    name,
    driver: "process",
    source: { kind: "folder", path },
    settings,
    port,
    health,
  });
  return { name, port, url: `http://127.0.0.1:${port}` };
}

/** Takes effect with the next deployment; the service then reports its version. */
export async function setEnvironment(
  landfall: Installation,
  { name }: SampleService,
  set: Record<string, string>,
  unset: string[] = [],
): Promise<void> {
  await landfall.api.patch(`/api/services/${name}/environment`, { set, unset });
}

export async function askService({ url }: SampleService): Promise<{ version: string | null; bootMs: number }> {
  const answer = await fetch(`${url}/health`);
  return (await answer.json()) as { version: string | null; bootMs: number };
}
