import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerSpec, Runtime } from "./container";
import { randomLetters } from "./rows";

/** One attempt to run a container, as `docker service ps` lists it. */
export interface Task {
  id: string;
  containerId: string;
  spec: ContainerSpec;
  desired: "running" | "ready" | "shutdown";
  state: "Ready" | "Starting" | "Running" | "Shutdown" | "Failed" | "Complete";
  sinceMs: number;
  createdAtMs: number;
  exitCode: number | null;
  error: string;
  container: Container | undefined;
}
export interface SwarmTimes {
  /** From a container's end to the next attempt; 5 s in a real swarm. */
  restartMs: number;
  /** How long a new container must run before the old one is stopped; with a health check it must pass that. */
  settleMs: number;
  /** How long after an update a failure reverts it; 5 s in a real swarm. */
  monitorMs: number;
  /** From the stop request to a container's end; up to 10 s in a real swarm. */
  endMs: number;
}

const HISTORY = 5;
const HEALTH_EVERY_MS = 50;

/**
 * A service of one container, managed like the swarm does: an ended container is restarted, an update starts the new
 * container first, and is reverted automatically when that fails soon.
 */
export class Service {
  readonly id = randomLetters(25);
  /** Newest first. */
  tasks: Task[] = [];
  isScaledUp = true;
  #previous: ContainerSpec | undefined;
  #updatedAtMs = 0;
  #isRemoved = false;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    public spec: ContainerSpec,
    private readonly runtime: Runtime,
    private readonly times: SwarmTimes,
  ) {}

  get live(): Task | undefined {
    return this.tasks.find((task) => task.desired === "running" && task.state === "Running");
  }

  uses(volume: string): boolean {
    return this.spec.volumes.some(({ name }) => name === volume);
  }

  async begin(): Promise<void> {
    await this.#start(this.#newTask());
  }

  /** Accepted immediately; the result shows in the tasks. */
  update(spec: ContainerSpec): void {
    this.#previous = this.spec;
    this.#updatedAtMs = Date.now();
    this.spec = spec;
    this.isScaledUp = true;
    void this.#replace();
  }

  async #replace(): Promise<void> {
    const old = this.tasks.filter(({ desired }) => desired !== "shutdown");
    const task = this.#newTask();
    await this.#start(task);
    await this.#pause(this.times.settleMs);
    while (task.state === "Running" && !this.#isRemoved && !isServing(task)) await this.#pause(HEALTH_EVERY_MS);
    if (task.state === "Running") for (const one of old) void this.#end(one);
  }

  async scale(isUp: boolean): Promise<void> {
    if (isUp === this.isScaledUp) return;
    this.isScaledUp = isUp;
    if (isUp) return this.begin();
    await Promise.all(this.tasks.map((task) => this.#end(task)));
  }

  async remove(): Promise<void> {
    this.#isRemoved = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const task of this.tasks) if (task.state === "Ready") task.desired = "shutdown";
    await Promise.all(this.tasks.map((task) => this.#end(task)));
  }

  #newTask(): Task {
    const at = Date.now();
    const task: Task = {
      id: randomLetters(25),
      containerId: randomBytes(32).toString("hex"),
      spec: this.spec,
      ...{ desired: "running", state: "Starting", sinceMs: at, createdAtMs: at },
      ...{ exitCode: null, error: "", container: undefined },
    };
    this.tasks = [task, ...this.tasks].filter(({ desired }, index) => index < HISTORY || desired !== "shutdown");
    return task;
  }

  async #start(task: Task): Promise<void> {
    task.container = await this.runtime.start(task.spec);
    if (this.#isRemoved || task.desired === "shutdown") {
      await task.container.stop();
      return become(task, "shutdown", "Shutdown");
    }
    become(task, "running", "Running");
    void task.container.exited.then((code) => this.#hasEnded(task, code));
  }

  #hasEnded(task: Task, code: number): void {
    task.exitCode = code;
    const wasWanted = task.desired !== "shutdown";
    become(task, "shutdown", wasWanted ? (code === 0 ? "Complete" : "Failed") : "Shutdown");
    if (!wasWanted || this.#isRemoved) return;
    if (code !== 0) task.error = `"task: non-zero exit (${code})"`;
    if (task.spec === this.spec && !this.#goBack()) this.#tryAgain();
  }

  /** Reverts an update that failed while it was monitored; the previous container continues, or is restarted. */
  #goBack(): boolean {
    if (!this.#previous || Date.now() - this.#updatedAtMs > this.times.monitorMs) return false;
    this.spec = this.#previous;
    this.#previous = undefined;
    if (!this.live) void this.begin();
    return true;
  }

  #tryAgain(): void {
    const task = this.#newTask();
    task.desired = "ready";
    task.state = "Ready";
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (task.desired === "ready") void this.#start(task);
    }, this.times.restartMs);
    this.#timers.add(timer);
  }

  async #end(task: Task): Promise<void> {
    task.desired = "shutdown";
    if (task.container && task.exitCode === null && this.times.endMs > 0) await sleep(this.times.endMs);
    if (task.container) return task.container.stop();
    if (task.state === "Ready") become(task, "shutdown", "Shutdown");
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }
}

/** Counts as healthy when its port is open; without a health check, when it runs. */
export function isServing({ spec, container }: Task): boolean {
  if (!spec.hasHealthCheck) return true;
  return !spec.behaviour.isUnhealthy && container?.address(spec.behaviour.port ?? 0) !== undefined;
}

function become(task: Task, desired: Task["desired"], state: Task["state"]): void {
  task.desired = desired;
  task.state = state;
  task.sinceMs = Date.now();
}
