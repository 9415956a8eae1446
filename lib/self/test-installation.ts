import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { parseEnv } from "node:util";
import { onTestFinished } from "vitest";
import type { Command } from "@/lib/hosts/host";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { type EnvironmentName, Installation } from "./installation";
import type { Release, Slot } from "./release";
import { adoptRelease, keepRelease, placeFiles, type ReleaseFiles } from "./release-files";
import { type TestContainer, TestEngine } from "./test-engine";
import type { UpdateContext } from "./update";

/** For unit tests: a server whose Docker and compose are a list of containers, and whose web server is a real one. */
export class TestInstallation {
  readonly engine = new TestEngine((words) => this.#record(words));
  /** The answer of /api/health. */
  health: { status: number; version: string } = { status: 200, version: "0.2.0" };
  pageStatus = 200;
  /** Exit codes by the beginning of a command: "docker exec". */
  exitCodes = new Map<string, number>();
  readonly host: RecordingHost;
  readonly installation: Installation;
  readonly notes: string[] = [];
  #made = 0;
  #server: Promise<Server> | undefined;

  constructor(environment: EnvironmentName = "production") {
    const dial = () => this.#dial();
    const { engine } = this;
    this.host = new (class extends RecordingHost {
      override connect(to?: object): Promise<Duplex> {
        return to && "socketPath" in to ? engine.connect() : dial();
      }
    })((command) => this.#answer(command));
    this.installation = new Installation(this.host, environment);
  }

  /** An installation with a live release. */
  async serving(release: Release, slot: Slot, files: ReleaseFiles = someFiles("old")): Promise<this> {
    await keepRelease(this.installation, { release, files }, slot);
    await placeFiles(this.installation, files, AbortSignal.timeout(1_000));
    await adoptRelease(this.installation, { release, files }, slot);
    await this.installation.sendTo(slot);
    this.add("web", slot, release.image);
    this.add("worker", null, release.image);
    this.add("caddy", null, "caddy");
    this.host.commands.length = 0;
    return this;
  }

  get containers(): TestContainer[] {
    return this.engine.containers;
  }

  add(service: string, slot: Slot | null, image: string, running = true): TestContainer {
    this.#made += 1;
    const made = { id: `${service}-${this.#made}`, service, slot, image, running, restarts: 0 };
    this.containers.push(made);
    return made;
  }

  context(change: Partial<UpdateContext> = {}): UpdateContext {
    return {
      kind: "deploy",
      healthTimeoutMs: 90_000,
      host: this.host,
      installation: this.installation,
      release: aRelease("0.2.0", "20261122-120000"),
      files: someFiles("new"),
      clone: { root: "/clone", buildArguments: {}, complaints: async () => [] },
      signal: AbortSignal.timeout(20_000),
      log: () => 0,
      progress: () => {},
      confirm: async () => true,
      note: (sentence) => void this.notes.push(sentence),
      ...change,
    };
  }

  /** The words of every command that changed something, without the installation's path. */
  get changes(): string[] {
    const looks = /^docker (ps|inspect|exec|logs|version|info)|compose version/;
    return this.host.commands
      .map(({ args }) => args.join(" ").replace(/--project-name .*\.yml /, ""))
      .filter((text) => !looks.test(text));
  }

  slots(): string[] {
    return this.containers.filter(({ service }) => service === "web").map(({ slot, image }) => `${slot} ${image}`);
  }

  #answer({ args }: Command) {
    const exitCode = this.#exitCodeOf(args);
    if (args[0] === "sh") this.host.files.set(args[4] ?? "", { content: Buffer.from(this.#input), mode: 0o644 });
    if (exitCode !== 0) return { exitCode, stderr: "it failed" };
    if (args[0] === "docker" && args[1] === "compose") this.#compose(args);
    return {};
  }

  #exitCodeOf(args: readonly string[]): number {
    const text = args.join(" ");
    return [...this.exitCodes].find(([begin]) => text.includes(begin))?.[1] ?? 0;
  }

  /** Requests to Docker are recorded among the commands, in order. */
  #record(words: readonly string[]): number {
    const args = ["docker", ...words];
    this.host.commands.push({ args, stdin: "", detached: false });
    return this.#exitCodeOf(args);
  }

  get #input(): string {
    return this.host.commands.at(-1)?.stdin ?? "";
  }

  /** `up` of the web service creates a container with the image and slot of the given release file. */
  #compose(args: readonly string[]): void {
    const file = args[args.indexOf("--env-file") + 1] ?? "";
    const { LANDFALL_IMAGE = "", LANDFALL_SLOT } = parseEnv(this.host.files.get(file)?.content.toString() ?? "");
    const services = args.includes("web") ? ["web"] : args.includes("worker") ? ["worker"] : ["web", "worker", "caddy"];
    if (!args.includes("up")) return;
    for (const service of services) {
      if (service !== "web") this.engine.containers = this.containers.filter((one) => one.service !== service);
      this.add(service, service === "web" ? (LANDFALL_SLOT as Slot) : null, LANDFALL_IMAGE);
    }
  }

  async #dial(): Promise<Duplex> {
    this.#server ??= this.#listen();
    const { port } = (await this.#server).address() as AddressInfo;
    return connect(port, "127.0.0.1");
  }

  #listen(): Promise<Server> {
    const born = Date.now();
    const server = createServer(({ url }, answer) => {
      if (url !== "/api/health") return void answer.writeHead(this.pageStatus).end();
      const now = Date.now();
      const report = { uptime: (now - born) / 1_000, timestamp: new Date(now), version: this.health.version };
      answer.writeHead(this.health.status).end(JSON.stringify(report));
    });
    onTestFinished(() => void server.close());
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  }
}

export function aRelease(version: string, timestamp: string): Release {
  return { timestamp, version, commit: "0123456789ab", image: `landfall:${version}-${timestamp}` };
}

export function someFiles(mark: string): ReleaseFiles {
  return {
    compose: `# ${mark}\nservices: {}\n`,
    caddy: `# ${mark}\n`,
    environment: `LANDFALL_ADMIN_EMAIL=${mark}@acme.test\n`,
  };
}
