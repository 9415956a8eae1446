/* A test host on which Landfall itself is installed, by following docs/install.md only. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll } from "vitest";
import { runCommand } from "../hosts/run-command.mjs";
import { takeHosts } from "../hosts/take-host";
import type { TestHost } from "../hosts/test-host";
import { BASE_IMAGES } from "./base-images";
import { type DocumentedCommands, documentedCommands } from "./documented-commands";
import { buildLandfallImage } from "./landfall-image";
import { withProcessors } from "./with-processors";

/** The page's name for the server; here only our ssh resolves it. */
export const DOCUMENTED_NAME = "console.example.com";

const WITHIN_MS = 10 * 60_000;

type Edit = (commands: DocumentedCommands) => string;

export interface Step {
  script: string;
  output: string;
  ms: number;
}

export class ProductionServer {
  readonly #programs = mkdtempSync(join(tmpdir(), "landfall-programs-"));

  private constructor(readonly host: TestHost) {
    afterAll(() => rmSync(this.#programs, { recursive: true }));
  }

  static async make(): Promise<ProductionServer> {
    const [server] = await ProductionServer.makeSeveral(1);
    if (!server) throw new Error("there is no server");
    return server;
  }

  /** Reset servers with the images that they would otherwise pull; created at the top of a test file. */
  static async makeSeveral(count: number): Promise<ProductionServer[]> {
    await buildLandfallImage();
    const servers = (await takeHosts(count)).map((host) => new ProductionServer(host));
    for (const server of servers) server.#writePrograms();
    await withProcessors(() => Promise.all(servers.map((server) => server.load(Object.values(BASE_IMAGES)))));
    return servers;
  }

  /** From this machine's Docker to the server's. The layers that the images have in common travel once. */
  async load(images: readonly string[]): Promise<void> {
    const { file } = this.host.keys.ed25519;
    const ssh = `ssh ${SSH_OPTIONS.join(" ")} -i "$1" "root@$2" docker load`;
    const script = `set -o pipefail; docker save "\${@:3}" | ${ssh}`;
    await runCommand(["bash", "-c", script, "load", file, this.host.address, ...images], { timeoutMs: WITHIN_MS });
  }

  /** Follows docs/install.md step by step; returns each step's output. `edit` makes a reader's own changes. */
  async follow(edit: Edit = ({ script }) => script): Promise<Step[]> {
    return this.#walk(await documentedCommands("install.md"), edit);
  }

  /** The commands of one subject of another page. */
  async do(page: string, about: string | undefined, edit: Edit = ({ script }) => script): Promise<Step> {
    const commands = (await documentedCommands(page)).filter((block) => block.about === about);
    const [step, ...others] = await this.#walk(commands, edit);
    if (!step || others.length > 0) throw new Error(`docs/${page} has ${commands.length} such blocks`);
    return step;
  }

  async #walk(blocks: readonly DocumentedCommands[], edit: Edit): Promise<Step[]> {
    const steps: Step[] = [];
    let folder = "/root";
    for (const commands of blocks) {
      const script = withoutBuild(edit(commands)).replaceAll("docker compose ", "docker-compose ");
      const begun = performance.now();
      const output = commands.where === "clone" ? await this.#here(script) : await this.#there(folder, script);
      steps.push({ script, output, ms: Math.round(performance.now() - begun) });
      folder = /^cd (\S+)$/m.exec(script)?.[1] ?? folder;
    }
    return steps;
  }

  #here(script: string): Promise<string> {
    const env = { ...process.env, PATH: [this.#programs, process.env.PATH].join(delimiter) };
    return runCommand(["bash", "-euo", "pipefail", "-c", script], { env, timeoutMs: WITHIN_MS });
  }

  #there(folder: string, script: string): Promise<string> {
    return this.host.script(`cd "$1"; eval "$2" 2>&1`, [folder, script], { timeoutMs: WITHIN_MS });
  }

  /** ssh and scp that resolve the documented name, and know the key. */
  #writePrograms(): void {
    const known = join(this.#programs, "config");
    const { address, keys } = this.host;
    writeFileSync(
      known,
      `Host *\n  HostName ${address}\n  IdentityFile ${keys.ed25519.file}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n`,
    );
    for (const name of ["ssh", "scp"]) {
      const file = join(this.#programs, name);
      writeFileSync(file, `#!/bin/sh\nexec /usr/bin/${name} -F ${known} "$@"\n`);
      chmodSync(file, 0o755);
    }
  }
}

/** For an existing image (landfall-image.ts). */
function withoutBuild(script: string): string {
  return process.env.LANDFALL_TEST_IMAGE === "1" ? script.replace(/^docker build .*$/m, "") : script;
}

const SSH_OPTIONS = ["-o StrictHostKeyChecking=no", "-o UserKnownHostsFile=/dev/null", "-o LogLevel=ERROR"];
