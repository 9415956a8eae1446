import { join } from "node:path";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { openEngine } from "@/lib/platform/docker/engine";
import { type Container, listContainers } from "./containers";
import { type EnvironmentName, fileNames, type Layout, layoutOf } from "./layout";
import { parseReleaseFile, type Release, type Slot, timestampOf } from "./release";

/** What was there when somebody came to change it. */
export interface Present {
  release: Release;
  slot: Slot;
  /** Does a web server run in the slot that Caddy sends requests to? */
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

  /** Compose as this server has it. Throws `cannot-update` with what to install. */
  tool(signal: AbortSignal): Promise<Tool> {
    this.#tool ??= this.#findTool(signal).catch((cause) => {
      this.#tool = undefined; // a connection that was lost is no answer
      throw cause;
    });
    return this.#tool;
  }

  /** As it was when this was first asked: what an undo goes back to. Null where nothing was ever installed. */
  present(signal: AbortSignal): Promise<Present | null> {
    this.#present ??= this.#look(signal).catch((cause) => {
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

  /** The slot Caddy sends requests to now. */
  async liveSlot(): Promise<Slot> {
    return (await this.host.stat(this.layout.greenFile)) ? "green" : "blue";
  }

  /** From the next request on. Safe to repeat. */
  async sendTo(slot: Slot): Promise<void> {
    if (slot === "green") await this.host.writeFile(this.layout.greenFile, "", { mode: 0o644 });
    else await this.host.remove(this.layout.greenFile);
  }

  folderOf(timestamp: string): string {
    return join(this.layout.releases, timestamp);
  }

  /** Compose with the image and slot of a release file. Throws `command-failed` with its exit code and last lines. */
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

  async #look(signal: AbortSignal): Promise<Present | null> {
    const [text, slot, webs] = await Promise.all([
      readIfThere(this.host, this.layout.releaseFile),
      this.liveSlot(),
      this.containers("web", signal),
    ]);
    const serving = webs.find((web) => web.slot === slot && web.isRunning);
    const release = (text === null ? null : parseReleaseFile(text)?.release) ?? madeByHand(serving ?? webs[0]);
    return release && { release, slot, isServing: serving !== undefined };
  }
}

interface ComposeOptions {
  signal: AbortSignal;
  /** The installation's own when absent. */
  releaseFile?: string;
  onLine?: (line: string) => void;
}

/** Compose was used without these commands: what it made is a release like any other. */
function madeByHand(web: Container | undefined): Release | null {
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
