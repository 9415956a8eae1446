import { request } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { Actor } from "@/lib/contracts/user";
import { openDokploy } from "@/lib/drivers/dokploy/client/client";
import type { DokployAccess } from "@/lib/drivers/dokploy/context";
import type { ServicePlace } from "@/lib/drivers/driver";
import { retryUndo } from "@/lib/engine/deployment-commands";
import { getDeployment } from "@/lib/engine/deployment-store";
import { requestDeployment, requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { type RunControl, runDeployment } from "@/lib/engine/run-deployment";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { Secret } from "@/lib/platform/secrets/secret";
import { changeEnvironment } from "@/lib/services/environment-commands";
import { DokployTargetSettings, toDokployColumns } from "@/lib/targets/dokploy/kind";
import { connect, deploymentQueue } from "@/lib/targets/registry";
import { type DokployOptions, type DokployStandIn, startDokploy } from "../dokploy/stand-in";

/** A service on a stand-in server of its own, deployed by the engine itself: the fixture of the driver's tests. */

export const QUICK_HEALTH = { portTimeoutMs: 8_000, intervalMs: 200, stabilityMs: 200, requestTimeoutMs: 5_000 };
/** Short enough that a fault is over soon, and long enough for a busy machine. */
const CALL_TIMEOUT_MS = 1_500;
const OPEN_MS = [400];
/** Between the attempts of a call: tests of a failed call's consequences need not wait as long as production does. */
const FIRST_DELAY_MS = 50;

export interface StackOptions {
  name?: string;
  image?: string;
  environment?: Record<string, string>;
  health?: Partial<HealthCheck>;
  settings?: Record<string, unknown>;
  volumes?: { name: string; path: string }[];
  /** For repeatable calls; the product's own number when absent. */
  tries?: number;
  target?: Partial<DokployTargetSettings>;
  /** Another stack on the same server: a fault of one does not affect the other. */
  beside?: TestStack;
  server?: DokployOptions;
}

/** A server on which nothing is left. */
export const NOTHING = {
  ...{ projects: [], applications: [], domains: [], mounts: [] },
  ...{ volumes: [], services: [], routes: [], jobs: [] },
};

let made = 0;

async function aServer({ tries, ...options }: StackOptions) {
  const server = await startDokploy({ jobMs: 20, pullMs: 20, ...options.server });
  const { url, apiKey, httpPort, httpsPort } = server;
  const owner = await aPerson();
  const settings = DokployTargetSettings.parse({ url, httpPort, httpsPort, ...options.target });
  const id = crypto.randomUUID();
  const target = await db.target.create({
    data: {
      id,
      name: `dokploy-${id.slice(0, 8)}`,
      kind: "dokploy",
      ...toDokployColumns(id, { settings, secrets: { apiKey: new Secret(apiKey) } }),
    },
  });
  await ensureDeploymentQueue(await queue(), deploymentQueue(target));
  knowPatiently({ name: target.name, url, apiKey, ...(tries !== undefined && { tries }) });
  return { server, owner, targetId: target.id };
}

/** The engine finds this client, which is shared by address and key, and is notified when its circuit changes. */
function knowPatiently(
  settings: { name: string; url: string; apiKey: string; tries?: number },
  /** How long a key that worked may be refused. */
  patienceMs = 500,
): void {
  const patience = {
    openMs: OPEN_MS,
    firstDelayMs: FIRST_DELAY_MS,
    timeoutMs: CALL_TIMEOUT_MS,
    keyPatienceMs: patienceMs,
    keyEveryMs: 200,
  };
  openDokploy({ ...settings, apiKey: new Secret(settings.apiKey), onCircuit: () => {}, ...patience });
}

export class TestStack {
  private constructor(
    readonly server: DokployStandIn,
    readonly owner: Actor & { id: string },
    readonly serviceId: string,
    readonly targetId: string,
    readonly name: string,
    readonly domain: string,
  ) {}

  static async make(options: StackOptions = {}): Promise<TestStack> {
    made += 1;
    const name = options.name ?? `stack-${made}`;
    const { server, owner, targetId } = options.beside ?? (await aServer(options));
    const service = await db.service.create({
      data: {
        name: `${name}-${crypto.randomUUID().slice(0, 4)}`,
        ownerId: owner.id,
        targetId,
        driver: "dokploy",
        source: { kind: "image", image: options.image ?? "acme/app:1.0" },
        settings: (options.settings ?? {}) as object,
        port: 8080,
        health: HealthCheck.parse({ ...QUICK_HEALTH, ...options.health }),
        domain: `${name}.localhost`,
        volumes: options.volumes ?? [{ name: `data-${name}`, path: "/workspace" }],
        autoRegister: false,
      },
    });
    const stack = new TestStack(server, owner, service.id, targetId, service.name, service.domain ?? "");
    if (options.environment) await stack.setEnvironment(options.environment);
    return stack;
  }

  async setImage(image: string): Promise<void> {
    await db.service.update({ where: { id: this.serviceId }, data: { source: { kind: "image", image } } });
  }
  async setEnvironment(set: Record<string, string>): Promise<void> {
    await changeEnvironment(this.name, { set, unset: [] }, this.owner);
  }

  /** `patienceMs`: how long it may be refused after it worked. */
  async useKey(apiKey: string, patienceMs?: number): Promise<void> {
    const { url, httpPort, httpsPort } = this.server;
    const settings = DokployTargetSettings.parse({ url, httpPort, httpsPort });
    const data = toDokployColumns(this.targetId, { settings, secrets: { apiKey: new Secret(apiKey) } });
    const { name } = await db.target.update({ where: { id: this.targetId }, data });
    knowPatiently({ name, url, apiKey }, patienceMs);
  }

  async ask(): Promise<string> {
    return (await requestDeployment({ service: this.name }, this.owner)).id;
  }
  async deploy(): Promise<DeploymentView> {
    return this.run(await this.ask());
  }
  async rollBack(): Promise<DeploymentView> {
    return this.run((await requestRollback({ serviceName: this.name }, this.owner)).id);
  }
  async remove({ data = false } = {}): Promise<DeploymentView> {
    const { id } = await requestRemoval(this.name, this.owner);
    if (data) {
      const { spec } = await db.deployment.findUniqueOrThrow({ where: { id } });
      await db.deployment.update({ where: { id }, data: { spec: { ...(spec as object), removeData: true } } });
    }
    return this.run(id);
  }
  /** Retries an undo that got stuck. */
  async retryUndo(id: string): Promise<DeploymentView> {
    await retryUndo(id, this.owner);
    return this.run(id);
  }

  /** Acts as the worker that would get the job. */
  async run(id: string, control: Partial<RunControl> = {}): Promise<DeploymentView> {
    const handOver = new AbortController().signal;
    await runDeployment(this.serviceId, { workerId: "worker", handOver, onStart: () => {}, ...control });
    return getDeployment(id);
  }

  /** The image's own report at the stack's address; null while it is unhealthy. */
  async answer(): Promise<{ image: string; environment: Record<string, string>; volumes: string[] } | null> {
    const headers = { host: this.domain, accept: "application/json", connection: "close" };
    const text = await new Promise<string | null>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: this.server.httpPort, path: "/", headers }, (answer) => {
        readText(answer).then((body) => resolve(answer.statusCode === 200 ? body : null), reject);
      });
      asked.once("error", reject).end();
    });
    return text === null ? null : JSON.parse(text);
  }

  /** The place for calls to the driver between deployments. */
  async place(): Promise<ServicePlace<DokployAccess>> {
    const { access } = await connect(await db.target.findUniqueOrThrow({ where: { id: this.targetId } }));
    if (!("dokploy" in access)) throw new Error("the target is no Dokploy server");
    return { ...(access as DokployAccess), serviceName: this.name };
  }

  async resources() {
    const where = { serviceId: this.serviceId, removedAt: null };
    return db.resource.findMany({
      where,
      orderBy: { id: "asc" },
      select: { kind: true, externalId: true, name: true },
    });
  }
}
