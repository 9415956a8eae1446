import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerSpec, RunningContainer, Runtime } from "./container";

const PROGRAM = join(import.meta.dirname, "image-program.mjs");
const OUTPUT_CHARACTERS = 200_000;
const KILL_AFTER_MS = 2_000;

/** Containers as small Node processes, volumes as folders. The processes end when this one does, however it goes. */
export class ProcessRuntime implements Runtime {
  readonly #folder = mkdtempSync(join(tmpdir(), "dokploy-stand-in-"));
  readonly #volumes = new Set<string>();
  readonly #running = new Set<RunningContainer>();

  async start(spec: ContainerSpec): Promise<RunningContainer> {
    for (const { name } of spec.volumes) this.#volumes.add(name);
    const container = spec.behaviour.exitAfterMs === 0 ? deadOnArrival() : await this.#spawn(spec);
    this.#running.add(container);
    void container.exited.then(() => this.#running.delete(container));
    return container;
  }

  async #spawn({ image, environment, volumes, behaviour }: ContainerSpec): Promise<RunningContainer> {
    const folders = volumes.map(({ name, path }) => ({ path, folder: this.#folderOf(name) }));
    const given = { image, environment, volumes: folders, ...behaviour };
    const child = spawn(process.execPath, ["--max-old-space-size=64", PROGRAM], {
      // The application's variables are told, not set: some would change how Node itself starts.
      env: { NODE_ENV: "production", STAND_IN_CONTAINER: JSON.stringify(given) },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    await once(child, "spawn");
    return asContainer(child, behaviour.port);
  }

  #folderOf(volume: string): string {
    const folder = join(this.#folder, encodeURIComponent(volume));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  volumes(): string[] {
    return [...this.#volumes].sort();
  }
  async removeVolume(name: string): Promise<boolean> {
    rmSync(this.#folderOf(name), { recursive: true, force: true });
    return this.#volumes.delete(name);
  }
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((container) => container.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function asContainer(child: ChildProcess, onlyPort: number | null): RunningContainer {
  let port: number | undefined;
  let output = "";
  const take = (chunk: Buffer) => {
    output = (output + chunk).slice(-OUTPUT_CHARACTERS);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  child.on("message", (message) => {
    if (typeof message === "object" && "port" in message) port = Number(message.port);
  });
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : 137));
  void exited.then(() => {
    port = undefined;
  });
  return {
    exited,
    output: () => output,
    address: (wanted) =>
      port !== undefined && (onlyPort ?? wanted) === wanted ? { host: "127.0.0.1", port } : undefined,
    stop: async () => {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await exited;
      clearTimeout(late);
    },
  };
}

/** A program that ends at once needs no process to be shown. */
function deadOnArrival(): RunningContainer {
  return { exited: Promise.resolve(3), output: () => "", address: () => undefined, stop: async () => {} };
}
