import { join } from "node:path";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { openEngine } from "@/lib/platform/docker/engine";
import { type Container, listContainers } from "./containers";
import { parseReleaseFile, type Release, type Slot, timestampOf } from "./release";

/** The installation before the update. */
export interface Present {
  release: Release;
  slot: Slot;
  /** Whether a web server runs in the slot that Caddy sends requests to. */
  isServing: boolean;
}

type Tool = readonly [string, ...string[]];
const TOOLS: readonly Tool[] = [["docker", "compose"], ["docker-compose"]];
const KEPT_LINES = 12;

/** One of Landfall's own installations on its server, reached through Docker's API and compose's own command. */
export class Installation {
  readonly layout: Layout;
  readonly #names: ReturnType<typeof fileNames>;
  #tool: Promise<Tool> | undefined;
  #present: Promise<Present | null> | undefined;
  #engine: Promise<Docker> | undefined;

  constructor(
    readonly host: Host,
    readonly environment: EnvironmentName,
  ) {
    this.layout = layoutOf(environment);
    this.#names = fileNames(environment);
  }

  /** The compose command of this server. Throws `cannot-update` with what to install. */
  tool(signal: AbortSignal): Promise<Tool> {
    this.#tool ??= this.#findTool(signal).catch((cause) => {
      this.#tool = undefined; // a lost connection is no answer
      throw cause;
    });
    return this.#tool;
  }

  /** The state at the first call, which an undo restores. Null if nothing was ever installed. */
  present(signal: AbortSignal): Promise<Present | null> {
    this.#present ??= this.#inspect(signal).catch((cause) => {
      this.#present = undefined;
      throw cause;
    });
    return this.#present;
  }

  /** The server's Docker. */
  engine(): Promise<Docker> {
    this.#engine ??= openEngine(this.host);
    return this.#engine;
  }

  async containers(service: "web" | "worker" | "caddy" | "migrate", signal: AbortSignal): Promise<Container[]> {
    return listContainers(await this.engine(), { project: this.layout.project, service }, signal);
  }

  /** The web servers of a slot, running or not. */
  async websIn(slot: Slot, signal: AbortSignal): Promise<Container[]> {
    return (await this.containers("web", signal)).filter((container) => container.slot === slot);
  }

  /** The slot that Caddy sends requests to. */
  async liveSlot(): Promise<Slot> {
    return (await this.host.stat(this.layout.greenFile)) ? "green" : "blue";
  }

  /** Switches the traffic from the next request on. Safe to repeat. */
  async sendTo(slot: Slot): Promise<void> {
    if (slot === "green") await this.host.writeFile(this.layout.greenFile, "", { mode: 0o644 });
    else await this.host.remove(this.layout.greenFile);
  }

  folderOf(timestamp: string): string {
    return join(this.layout.releases, timestamp);
  }

  /** Runs compose with the image and slot of a release file. Throws `command-failed` with its exit code and last lines. */
  async compose(
    args: readonly string[],
    { signal, releaseFile = this.layout.releaseFile, onLine }: ComposeOptions,
  ): Promise<void> {
    const { directory, project } = this.layout;
    const tool = await this.tool(signal);
    const which = ["--project-name", project, "--project-directory", directory, "--env-file", releaseFile];
    const said: string[] = [];
    const take = (line: string) => {
      said.push(line);
      onLine?.(line);
    };
    const { exitCode } = await this.host.run(
      { args: [...tool, ...which, "--file", join(directory, this.#names.compose), ...args], cwd: directory },
      { signal, onLine: take, keepBytes: 0 },
    );
    if (exitCode === 0) return;
    const detail = said.filter((line) => line.trim() !== "").slice(-KEPT_LINES);
    const params = { command: `compose ${args[0]}`, exitCode: exitCode ?? "none" };
    throw new Problem("command-failed", { params, detail: detail.join("\n") });
  }

  async #findTool(signal: AbortSignal): Promise<Tool> {
    for (const tool of TOOLS) {
      if (await isThere(this.host, [...tool, "version"], signal)) return tool;
    }
    const hasDocker = await isThere(this.host, ["docker", "--version"], signal);
    throw new Problem("cannot-update", {
      detail: `${this.host.label} has no ${hasDocker ? "Docker Compose: install its plugin (docker-compose-plugin)" : "Docker: install Docker with its Compose plugin"}, then try again.`,
    });
  }

  async #inspect(signal: AbortSignal): Promise<Present | null> {
    const [text, slot, webs] = await Promise.all([
      readIfThere(this.host, this.layout.releaseFile),
      this.liveSlot(),
      this.containers("web", signal),
    ]);
    const serving = webs.find((web) => web.slot === slot && web.isRunning);
    const release = (text === null ? null : parseReleaseFile(text)?.release) ?? manualRelease(serving ?? webs[0]);
    return release && { release, slot, isServing: serving !== undefined };
  }
}

interface ComposeOptions {
  signal: AbortSignal;
  /** The installation's release file when absent. */
  releaseFile?: string;
  onLine?: (line: string) => void;
}

/** Someone ran compose without these programs: its containers count as a release too. */
function manualRelease(web: Container | undefined): Release | null {
  if (!web) return null;
  const { image, version, createdAt } = web;
  return { timestamp: timestampOf(createdAt), version: version ?? "unknown", commit: null, image };
}

async function isThere(host: Host, args: [string, ...string[]], signal: AbortSignal): Promise<boolean> {
  try {
    return (await host.run({ args }, { signal })).exitCode === 0;
  } catch (error) {
    if (error instanceof Problem && error.code === "tool-missing") return false;
    throw error;
  }
}

export async function readIfThere(host: Host, path: string): Promise<string | null> {
  return (await host.stat(path)) ? (await host.readFile(path)).toString("utf8") : null;
}

/** Landfall's own installations. Each has its own folder and compose project, and shares nothing with the others. */
export const ENVIRONMENTS = ["staging", "production"] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

const BASE = "/opt/landfall";
/** How many of the newest releases keep their image and folder. */
export const RELEASES_KEPT = 3;

export interface Layout {
  directory: string;
  /** The compose project: a prefix and label of containers, networks and volumes. */
  project: string;
  /** Names the live image and slot; every compose call gets it. */
  releaseFile: string;
  /** Caddy checks it for each request: if it exists, green is live; else blue. */
  greenFile: string;
  /** Has a folder per release, named after its time, with the release's files. */
  releases: string;
  /** The folder for an image until it is loaded. */
  carried: string;
  lockFile: string;
}

export function layoutOf(environment: EnvironmentName): Layout {
  const directory = join(BASE, environment);
  return {
    directory,
    project: `landfall-${environment}`,
    releaseFile: join(directory, ".release.env"),
    greenFile: join(directory, "live", "green"),
    releases: join(directory, "releases"),
    carried: join(directory, "incoming"),
    lockFile: join(directory, ".lock"),
  };
}

/** The environment's own values for the compose file, which all environments share; production is its default. */
export function environmentSettings(environment: EnvironmentName): Record<string, string> {
  if (environment === "production") return {};
  return { LANDFALL_ENVIRONMENT: environment, LANDFALL_CADDYFILE: fileNames(environment).caddy };
}

/** The names of a release's files, the same in the clone and on the server. */
export function fileNames(environment: EnvironmentName) {
  return {
    compose: `docker-compose.${environment}.yml`,
    caddy: environment === "production" ? "Caddyfile" : `Caddyfile.${environment}`,
    environment: `.env.${environment}`,
  };
}
