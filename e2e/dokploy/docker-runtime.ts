import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import type { ContainerSpec, RunningContainer, Runtime } from "./container";
import { ProcessRuntime } from "./process-runtime";

const LABEL = "landfall.dokploy-stand-in";
const OUTPUT_CHARACTERS = 200_000;
const STOP_AFTER_S = 2;

/**
 * Containers as they are, for images that Docker here has; everything else as processes. Reached at their own address,
 * so on Linux only. A container ends by `close()`; one whose test was killed is removed by the next that starts.
 */
export class DockerRuntime implements Runtime {
  readonly #docker = new Docker();
  readonly #processes = new ProcessRuntime();
  readonly #prefix = `stand-in-${process.pid}-${randomBytes(3).toString("hex")}-`;
  readonly #volumes = new Set<string>();
  readonly #containers = new Set<Docker.Container>();
  #tidied: Promise<void> | undefined;

  async start(spec: ContainerSpec): Promise<RunningContainer> {
    if (!(await this.#has(spec.image))) return this.#processes.start(spec);
    this.#tidied ??= removeForgotten(this.#docker);
    await this.#tidied;
    for (const { name } of spec.volumes) this.#volumes.add(name);
    const container = await this.#docker.createContainer({
      Image: spec.image,
      Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
      Labels: { [LABEL]: String(process.pid) },
      HostConfig: { Binds: spec.volumes.map(({ name, path }) => `${this.#prefix}${name}:${path}`), AutoRemove: false },
    });
    this.#containers.add(container);
    await container.start();
    return this.#follow(container);
  }

  async #has(image: string): Promise<boolean> {
    try {
      await this.#docker.getImage(image).inspect();
      return true;
    } catch {
      return false; // neither the image nor, perhaps, Docker: it runs as a process
    }
  }

  async #follow(container: Docker.Container): Promise<RunningContainer> {
    const { NetworkSettings } = await container.inspect();
    const host = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress)?.IPAddress;
    let output = "";
    let isUp = true;
    const said = new PassThrough();
    said.on("data", (chunk: Buffer) => {
      output = (output + chunk).slice(-OUTPUT_CHARACTERS);
    });
    const stream = await container.logs({ follow: true, stdout: true, stderr: true });
    container.modem.demuxStream(stream, said, said);
    const exited = container.wait().then(async ({ StatusCode }: { StatusCode: number }) => {
      isUp = false;
      await container.remove(); // or it would hold its volumes
      this.#containers.delete(container);
      return StatusCode;
    });
    return {
      exited,
      output: () => output,
      address: (port) => (isUp && host ? { host, port } : undefined),
      stop: async () => {
        if (isUp) await container.stop({ t: STOP_AFTER_S });
        await exited;
      },
    };
  }

  volumes(): string[] {
    return [...new Set([...this.#volumes, ...this.#processes.volumes()])].sort();
  }
  async removeVolume(name: string): Promise<boolean> {
    const wasProcess = await this.#processes.removeVolume(name);
    if (!this.#volumes.has(name)) return wasProcess;
    await this.#docker.getVolume(this.#prefix + name).remove(); // throws while a container has it
    return this.#volumes.delete(name);
  }
  async close(): Promise<void> {
    await Promise.all([...this.#containers].map((container) => container.remove({ force: true })));
    await Promise.all([...this.#volumes].map((name) => this.#docker.getVolume(this.#prefix + name).remove()));
    await this.#processes.close();
  }
}

async function removeForgotten(docker: Docker): Promise<void> {
  const ours = await docker.listContainers({ all: true, filters: { label: [LABEL] } });
  const forgotten = ours.filter(({ Labels }) => !isAlive(Number(Labels[LABEL])));
  await Promise.all(forgotten.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // the signal found nobody
  }
}
