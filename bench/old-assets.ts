import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@/lib/hosts/free-port";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { timeDeployment } from "./harness/remote-service";
import type { Scenario } from "./harness/scenario";
import { addServerTarget, startServer } from "./harness/server";

const REDEPLOYS = 20;
const VISITORS = 5;
const EVERY_MS = 40;
const PORTS = { docker: 8_220, systemd: 8_221 } as const;

/** Answers with its version, and with the assets of that version alone. */
const SERVER = `import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

here = os.path.dirname(os.path.abspath(__file__))

class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def translate_path(self, path):
        path = path.partition("?")[0]
        return os.path.join(here, "dist", path.lstrip("/") if path.startswith("/assets/") else "version")
    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])), Handler).serve_forever()
`;
const DOCKERFILE = 'FROM landfall-test/python\nWORKDIR /app\nCOPY . .\nCMD ["python3", "service.py"]\n';
const SHORT = { healthyThreshold: 2, goodIntervalMs: 20, stabilityMs: 200, drainMs: 5_000 };

/**
 * An app whose assets have another name in each version is redeployed 20 times in a row, with every driver of a host.
 * Visitors open pages all the time and go on asking for the assets of all the pages that they have opened.
 */
export const oldAssets: Scenario = {
  name: "old-assets",
  async run(landfall) {
    const server = await startServer(landfall);
    try {
      const target = await addServerTarget(landfall, server);
      const measures = [await measure(landfall, { driver: "process", port: await freePort(), address: "127.0.0.1" })];
      for (const driver of ["docker", "systemd"] as const)
        measures.push(await measure(landfall, { driver, target, port: PORTS[driver], address: server.host.address }));
      return measures;
    } finally {
      await server.stop();
    }
  },
};

interface Place {
  driver: "process" | "docker" | "systemd";
  target?: string;
  port: number;
  address: string;
}

async function measure(landfall: Installation, { driver, target, port, address }: Place): Promise<Measure> {
  const name = `assets-${driver}`;
  const folder = join(landfall.sources, name);
  await writeVersion(folder, 0);
  const source = { kind: "folder", path: folder };
  const settings = { keepAssets: "assets=dist/assets" };
  await landfall.api.post("/api/services", { name, target, driver, source, settings, port, health: SHORT });
  await timeDeployment(landfall, name);
  const visitors = Array.from({ length: VISITORS }, () => new Visitor(`http://${address}:${port}`));
  try {
    for (let version = 1; version <= REDEPLOYS; version += 1) {
      await writeVersion(folder, version);
      await timeDeployment(landfall, name);
    }
  } finally {
    for (const visitor of visitors) await visitor.leave();
  }
  const asked = visitors.reduce((sum, { requests }) => sum + requests, 0);
  const failures = visitors.flatMap((visitor) => visitor.failures);
  const pages = Math.min(...visitors.map((visitor) => visitor.pages.size));
  const notes = `of ${asked.toLocaleString("en")}; each visitor had pages of at least ${pages} versions${failures[0] ? `; ${failures[0]}` : ""}`;
  const what = `${driver}: failed requests for assets of open pages in ${REDEPLOYS} redeploys`;
  return { what, value: failures.length, unit: "requests", budget: { atMost: 0 }, notes };
}

async function writeVersion(folder: string, version: number): Promise<void> {
  const assets = join(folder, "dist", "assets");
  await rm(assets, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  await writeFile(join(folder, "service.py"), SERVER);
  await writeFile(join(folder, "Dockerfile"), DOCKERFILE);
  await writeFile(join(folder, "Procfile"), "web: python3 service.py\n");
  await writeFile(join(folder, "dist", "version"), String(version));
  await writeFile(join(assets, `app-${version}.js`), `// ${version}\n`);
}

/** Opens pages and closes none. */
class Visitor {
  readonly pages = new Set<string>();
  readonly failures: string[] = [];
  requests = 0;
  readonly #url: string;
  readonly #browsing: Promise<void>;
  #leaves = false;

  constructor(url: string) {
    this.#url = url;
    this.#browsing = this.#browse();
  }

  leave(): Promise<void> {
    this.#leaves = true;
    return this.#browsing;
  }

  async #browse(): Promise<void> {
    while (!this.#leaves) {
      const opened = await this.#ask("/");
      if (/^\d+$/.test(opened.text) && opened.ok) this.pages.add(opened.text);
      else this.failures.push(`/: ${opened.text}`);
      for (const version of this.pages) {
        this.requests += 1;
        const found = await this.#ask(`/assets/app-${version}.js`);
        if (!found.ok || found.text !== `// ${version}\n`) this.failures.push(`app-${version}.js: ${found.text}`);
        await sleep(EVERY_MS);
      }
    }
  }

  async #ask(path: string): Promise<{ ok: boolean; text: string }> {
    try {
      const answer = await fetch(`${this.#url}${path}`);
      const text = await answer.text();
      return answer.ok ? { ok: true, text } : { ok: false, text: String(answer.status) };
    } catch (error) {
      return { ok: false, text: String((error as Error).cause ?? error) };
    }
  }
}
