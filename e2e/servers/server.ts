import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll } from "vitest";
import { NewTarget } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { aPerson } from "@/lib/engine/test-service";
import { testDatabase } from "@/lib/platform/db/test-database";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { deploymentQueue } from "@/lib/targets/registry";
import { createTarget } from "@/lib/targets/target-commands";
import { findTargetRow } from "@/lib/targets/target-store";
import { WorkerProcess } from "../crash/worker-process";
import { takeHost } from "../hosts/take-host";
import type { TestHost } from "../hosts/test-host";
import { type ServerDriver, ServerService, type ServiceOptions } from "./service";

const BASE = "/opt/landfall/services";

/** The resources of one service on the host, as a person would list them there. */
const LOOK = `
service=$1 driver=$2 home=$3/$1
list() { ls -A "$1" 2>/dev/null | sed "s|^|$2 |" || true; }
list "$home/releases" release
if [ "$driver" = docker ]; then
  docker ps --all --filter "label=landfall.service=$service" --format 'made {{.Names}} {{.State}}' |
    sed 's/^made \\(.*\\) running$/&\\nrunning \\1/'
  docker images --filter "label=landfall.service=$service" --format 'image {{.ID}}'
else
  (cd /etc/systemd/system && ls -d landfall-"$service"-*.service 2>/dev/null || true) | sed 's|^|made |'
  systemctl list-units --plain --no-legend --state=running "landfall-$service-*" | sed 's|^|running |'
fi
`;

/**
 * A test host as a target, and workers that deploy to it. The tests of a file share it, and the file's database; each
 * has services and ports of its own.
 */
export class Server {
  readonly #workers: WorkerProcess[] = [];
  #port = 8_000;

  private constructor(
    readonly host: TestHost,
    readonly target: string,
    readonly owner: Actor,
    readonly dataDir: string,
  ) {}

  static async make(): Promise<Server> {
    const host = await takeHost();
    const { dataDir } = await testDatabase();
    process.env.LANDFALL_SOURCE_ROOTS = dataDir; // before anything reads the environment
    for (const name of ["sources", "work"]) await mkdir(join(dataDir, name));
    const owner = await aPerson();
    const target = await addTarget(host, owner);
    const server = new Server(host, target, owner, dataDir);
    afterAll(() => server.takeDown());
    return server;
  }

  get sources(): string {
    return join(this.dataDir, "sources");
  }

  async aWorker(): Promise<WorkerProcess> {
    const { PATH = "", HOME = "/", LANDFALL_SECRET_KEY = "", DATABASE_URL = "" } = process.env;
    const worker = await WorkerProcess.start({
      logFile: join(this.dataDir, `worker-${this.#workers.length + 1}.log`),
      cwd: join(this.dataDir, "work"),
      env: {
        PATH,
        HOME,
        LANDFALL_SECRET_KEY,
        DATABASE_URL,
        LANDFALL_DATA_DIR: this.dataDir,
        LANDFALL_SOURCE_ROOTS: this.sources,
      },
    });
    this.#workers.push(worker);
    return worker;
  }

  aService(driver: ServerDriver, options: Partial<ServiceOptions> = {}): Promise<ServerService> {
    this.#port += 1;
    return ServerService.make(this, { driver, port: this.#port, ...options });
  }

  async thingsOf(service: string, driver: ServerDriver) {
    const lines = (await this.host.script(LOOK, [service, driver, BASE])).split("\n");
    const named = (kind: string) =>
      lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(" ")[1] ?? "");
    const releases = named("release");
    return {
      folders: releases.filter((name) => !name.startsWith(".")).sort(),
      unfinished: releases.filter((name) => name.startsWith(".")),
      running: named("running"),
      made: named("made").length,
      images: new Set(named("image")).size,
    };
  }

  /** Ends everything that it started, in whatever state a failed test left it. */
  async takeDown(): Promise<void> {
    for (const worker of this.#workers.filter(({ hasEnded }) => !hasEnded))
      await worker.killNine({ heartbeats: "awaited" });
  }
}

async function addTarget(host: TestHost, owner: Actor): Promise<string> {
  const privateKey = await readFile(host.keys.ed25519.file, "utf8");
  const input = NewTarget.parse({
    name: host.name,
    host: host.address,
    hostKey: host.hostKeys.ed25519.line,
    key: { kind: "private-key", privateKey },
    base: BASE,
    concurrency: 10,
  });
  await createTarget(input, owner);
  const target = await findTargetRow(host.name);
  if (!target) throw new Error(`the target ${host.name} is not there`);
  await ensureDeploymentQueue(await queue(), deploymentQueue(target));
  return host.name;
}
