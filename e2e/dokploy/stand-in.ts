/**
 * A Dokploy server for tests and demonstrations: real HTTP, everything in memory, answers as recorded
 * (transcripts.test.ts). Everything that it starts ends with `close()`, and with the process that started it. See
 * README.md.
 */
import { createServer } from "node:http";
import { Runtime } from "./container";
import { DomainProxy } from "./domain-proxy";
import { Faults } from "./faults";
import type { KnownRegistries } from "./image";
import { type KeyLimits, Keys, type MadeKey, OTHER_ORGANIZATION, OWN_ORGANIZATION } from "./keys";
import { close, listen } from "./listen";
import { type PlainState, plainState } from "./plain-state";
import { proceduresOf } from "./procedures/all";
import { newProject } from "./procedures/project";
import { type HeldAt, Queue } from "./queue";
import { type RecordedCall, Router } from "./router";
import { newAppName, newId } from "./rows";
import { runJob } from "./run-job";
import type { Server } from "./server";
import type { SwarmTimes } from "./service";
import { State } from "./state";
import { Swarm } from "./swarm";
import { Version } from "./version";

export type { Fault, FaultKind } from "./faults";
export type { RecordedCall } from "./router";

export interface DokployOptions {
  /** When absent, any free port, as for the two others. */
  port?: number;
  httpPort?: number;
  httpsPort?: number;
  /** The address that all three listen on; loopback when absent. */
  host?: string;
  /** In the server's format; "v0.30.2" when absent. */
  version?: string;
  /** The durations of a pull and of the rest of a job; 50 each when absent. */
  pullMs?: number;
  jobMs?: number;
  /** The additional duration of each call: a number, or by the procedure's name. Zero when absent. */
  callMs?: number | ((procedure: string) => number);
  /** The duration of `application.stop`; 5.5 s as on a real server when absent. */
  stopMs?: number;
  /** False: the kernel has no IPVS, so virtual IPs of the swarm do not answer. */
  hasIpvs?: boolean;
  /** From 0 to 1: selects which of two applications of one domain answers, first or last; random when absent. */
  chance?: () => number;
  /** The swarm's times; shorter than a real swarm's when absent. */
  swarm?: Partial<SwarmTimes>;
  /** Registries that need a sign-in, or lack images; any other has every image. */
  registries?: KnownRegistries;
}

export interface KeyWish extends KeyLimits {
  role?: "owner" | "admin" | "member";
  /** The key belongs to an organisation that owns nothing here. */
  foreign?: boolean;
}

export interface DokployStandIn {
  /** The address of the API, without a path. */
  readonly url: string;
  /** The owner's key, without limits. */
  readonly apiKey: string;
  /** The port at which the domains of applications answer. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** The PEM of the authority that signs after `issueCertificates()`. */
  readonly certificateAuthority: string;
  readonly faults: Faults;
  /** The requests, oldest first. */
  readonly calls: readonly RecordedCall[];
  clearCalls(): void;
  /** Another key; without limits unless some are given (`{rateLimitEnabled: true}` is the API's ten a day). */
  makeKey(wish?: KeyWish): MadeKey;
  /** Revokes the owner's key, or the named one; the returned function restores it. */
  revokeKey(key?: string): () => void;
  /** From now on hosts with https and `letsencrypt` present a certificate of `certificateAuthority`. */
  issueCertificates(): void;
  /** As a person does on the server's own pages: rows are removed, running containers, routes and volumes stay. */
  deleteProjectByHand(projectId: string): void;
  /** `docker service rm` on the server itself, and the removal of its route. */
  removeServiceByHand(appName: string): void;
  /** Ends its containers and starts no others, as a person does on the server itself. */
  haltService(appName: string): Promise<void>;
  /** Another person's compose service with a domain, in a project of its own. */
  addCompose(compose: { name: string; host: string }): void;
  /** Jobs that have begun, or have pulled their image, wait until the returned function is called. */
  holdJobs(at?: HeldAt): () => void;
  /** Whether no job waits or runs. */
  readonly isIdle: boolean;
  /**
   * The server's process ends: running jobs become `cancelled`, waiting ones are forgotten; containers and routes stay.
   */
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  /** `stop` and `start`. */
  restart(): Promise<void>;
  state(): PlainState;
  close(): Promise<void>;
}

const STANDARD = { version: "v0.30.2", host: "127.0.0.1", pullMs: 50, jobMs: 50, stopMs: 5_500 };
const SWARM: SwarmTimes = { restartMs: 1_000, settleMs: 300, monitorMs: 5_000, endMs: 0 };

export async function startDokploy(options: DokployOptions = {}): Promise<DokployStandIn> {
  const standIn = new InMemoryDokploy(options);
  await standIn.open();
  return standIn;
}

class InMemoryDokploy implements DokployStandIn {
  readonly faults = new Faults();
  readonly apiKey: string;
  readonly #server: Server;
  readonly #router: Router;
  readonly #proxy: DomainProxy;
  readonly #http = createServer((request, response) => void this.#router.handle(request, response));
  readonly #host: string;
  #port: number;

  constructor(private readonly options: DokployOptions) {
    const { version, pullMs, jobMs, stopMs } = { ...STANDARD, ...options };
    const state = new State();
    this.#host = options.host ?? STANDARD.host;
    this.#port = options.port ?? 0;
    this.#server = {
      ...{ state, faults: this.faults, keys: new Keys(), pullMs, jobMs, stopMs, registries: options.registries ?? {} },
      swarm: new Swarm(new Runtime(), { ...SWARM, ...options.swarm }, options.hasIpvs ?? true),
      queue: new Queue((job, signal) => runJob(this.#server, job, signal)),
      version: new Version(version),
    };
    const { callMs = 0, chance = Math.random } = options;
    const costOf = typeof callMs === "number" ? () => callMs : callMs;
    this.#router = new Router(this.#server, proceduresOf(this.#server.version), costOf);
    this.#proxy = new DomainProxy(state, this.#server.swarm, chance);
    this.apiKey = this.makeKey({ role: "owner" }).key;
  }

  async open(): Promise<void> {
    const { httpPort = 0, httpsPort = 0 } = this.options;
    await this.#proxy.open(this.#host, { httpPort, httpsPort });
    await this.start();
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`;
  }
  get httpPort(): number {
    return this.#proxy.httpPort;
  }
  get httpsPort(): number {
    return this.#proxy.httpsPort;
  }
  get certificateAuthority(): string {
    return this.#proxy.authority;
  }
  get calls(): readonly RecordedCall[] {
    return this.#router.calls;
  }
  get isIdle(): boolean {
    return this.#server.queue.isIdle;
  }
  clearCalls(): void {
    this.#router.calls.length = 0;
  }

  makeKey({ role = "owner", foreign = false, ...limits }: KeyWish = {}): MadeKey {
    const organizationId = foreign ? OTHER_ORGANIZATION : OWN_ORGANIZATION;
    const userId = foreign ? "usr_other" : `usr_${role}`;
    return this.#server.keys.make({ userId, organizationId, role }, { rateLimitEnabled: false, ...limits });
  }
  revokeKey(key = this.apiKey): () => void {
    return this.#server.keys.revoke(key);
  }
  issueCertificates(): void {
    this.#proxy.issueCertificates();
  }
  deleteProjectByHand(projectId: string): void {
    this.#server.state.removeProject(projectId);
  }
  removeServiceByHand(appName: string): void {
    const { routes } = this.#server.state;
    for (const [id, route] of [...routes]) if (route.appName === appName) routes.delete(id);
    this.#server.swarm.remove(appName);
  }
  haltService(appName: string): Promise<void> {
    return this.#server.swarm.halt(appName);
  }
  addCompose({ name, host }: { name: string; host: string }): void {
    const { project, environment } = newProject({ name, organizationId: OWN_ORGANIZATION });
    const { state } = this.#server;
    state.projects.set(project.projectId, project);
    state.environments.set(environment.environmentId, environment);
    const { environmentId } = environment;
    state.composes.set(name, { composeId: newId(), name, appName: newAppName(name), environmentId, host });
  }
  holdJobs(at: HeldAt = "begun"): () => void {
    return this.#server.queue.hold(at);
  }

  async stop(): Promise<void> {
    await close(this.#http);
    await this.#server.queue.kill();
    this.#cancelRunning();
  }
  async start(): Promise<void> {
    this.#port = await listen(this.#http, this.#host, this.#port);
  }
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** The server's cleanup when it starts again. */
  #cancelRunning(): void {
    const { state, version } = this.#server;
    for (const row of state.deployments.values()) {
      if (row.status !== "running") continue;
      row.status = version.isAtLeast("0.25.4") ? "cancelled" : "error";
      const application = state.applications.get(row.applicationId);
      if (application) application.applicationStatus = "idle";
    }
  }

  state(): PlainState {
    return plainState(this.#server);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#proxy.close();
    await this.#server.swarm.close();
  }
}
