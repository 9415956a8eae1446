/* Containers of this machine's Docker that a test starts, and that are removed with it. */
import { randomBytes } from "node:crypto";
import { afterAll } from "vitest";
import { type Ended, runCommand, tryCommand } from "../hosts/run-command.mjs";

const LABEL = "landfall-test.production";

/** A network of its own, with names in it; created at the top of a test file, and removed when that ends. */
export class Containers {
  readonly network = `landfall-test-${randomBytes(4).toString("hex")}`;

  static async make(): Promise<Containers> {
    const containers = new Containers();
    await runCommand(["docker", "network", "create", "--label", LABEL, containers.network]);
    afterAll(() => containers.remove());
    return containers;
  }

  /** Starts a container that keeps running, under this name for the others. */
  async start(
    name: string,
    image: string,
    options: readonly string[] = [],
    words: readonly string[] = [],
  ): Promise<void> {
    const own = ["--name", this.of(name), "--network-alias", name];
    await runCommand(["docker", "run", "--detach", ...own, ...this.#place, ...options, image, ...words]);
  }

  /** Runs a container to its end. */
  run(image: string, options: readonly string[] = [], words: readonly string[] = []): Promise<Ended> {
    return tryCommand(["docker", "run", "--rm", ...this.#place, ...options, image, ...words]);
  }

  exec(name: string, words: readonly string[]): Promise<Ended> {
    return tryCommand(["docker", "exec", this.of(name), ...words]);
  }

  async inspect(name: string, format: string): Promise<string> {
    return (await runCommand(["docker", "inspect", "--format", format, this.of(name)])).trim();
  }

  /** Its output, on both streams. */
  async logs(name: string): Promise<string> {
    const { stdout, stderr } = await tryCommand(["docker", "logs", this.of(name)]);
    return stdout + stderr;
  }

  /** Docker's name for the container. */
  of(name: string): string {
    return `${this.network}-${name}`;
  }

  get #place(): string[] {
    return ["--label", LABEL, "--network", this.network];
  }

  async remove(): Promise<void> {
    const ids = await runCommand(["docker", "ps", "--all", "--quiet", "--filter", `network=${this.network}`]);
    for (const id of ids.split("\n").filter(Boolean)) await runCommand(["docker", "rm", "--force", "--volumes", id]);
    await runCommand(["docker", "network", "rm", this.network]);
  }
}
