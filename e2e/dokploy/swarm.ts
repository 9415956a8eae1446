import { age, stateSince } from "./ages";
import type { ContainerSpec, Runtime } from "./container";
import { isServing, Service, type SwarmTimes, type Task } from "./service";

const NAME_LENGTH = 63;
const SHORT_ID = 12;
/** The server's own proxy, which runs in a container as well. */
const PROXY_NAME = "dokploy-traefik";
export const PROXY_ID = "d0c4e57aef1c";

/** Everything that runs on the server's one node, whether Dokploy still knows it or not. */
export class Swarm {
  readonly #services = new Map<string, Service>();
  /** Removed services whose containers are still ending. */
  readonly #ending = new Set<Service>();

  constructor(
    readonly runtime: Runtime,
    private readonly times: SwarmTimes,
    /** Does the kernel have IPVS, without which no virtual IP answers? */
    readonly hasIpvs: boolean,
  ) {}

  has(name: string): boolean {
    return this.#services.has(name);
  }
  get services(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  /** Creates the service, or updates it to `spec`. Throws the swarm's error for a specification that it refuses. */
  async apply(spec: ContainerSpec): Promise<void> {
    refuse(spec);
    const existing = this.#services.get(spec.name);
    if (existing) return existing.update(spec);
    const service = new Service(spec, this.runtime, this.times);
    this.#services.set(spec.name, service);
    await service.begin();
  }
  /** False when there is no such service. */
  async scale(name: string, isUp: boolean): Promise<boolean> {
    const service = this.#services.get(name);
    await service?.scale(isUp);
    return service !== undefined;
  }
  /** Immediately removed from every list; its containers end soon after. */
  remove(name: string): void {
    const service = this.#services.get(name);
    this.#services.delete(name);
    if (!service) return;
    this.#ending.add(service);
    void service.remove().finally(() => this.#ending.delete(service));
  }
  /** Like an operator who kills the container repeatedly, or scales the service to zero. */
  async halt(name: string): Promise<void> {
    await this.#services.get(name)?.scale(false);
  }

  /** A volume is in use until its container has ended, which is after its service was removed. */
  isVolumeUsed(volume: string): boolean {
    return [...this.#services.values(), ...this.#ending].some((service) => service.uses(volume));
  }

  /** The target of a request to the service's port: the newest container that listens there. */
  address(name: string, port: number): { host: string; port: number } | undefined {
    const service = this.#services.get(name);
    if (!service || (!this.hasIpvs && !service.spec.isDirect)) return undefined;
    return service.tasks
      .filter(isServing)
      .map(({ container }) => container?.address(port))
      .find((address) => address !== undefined);
  }
  /** The output of its newest running container; without one, of all its tasks together. Undefined without tasks. */
  output(name: string): string | undefined {
    const containers = (this.#services.get(name)?.tasks ?? []).filter(({ container }) => container);
    const running = containers.find(({ state }) => state === "Running");
    if (running) return running.container?.output();
    const lines = containers.flatMap(({ container }) => container?.output().split("\n") ?? []);
    return containers.length === 0 ? undefined : lines.filter(Boolean).sort().join("\n");
  }

  /** `docker service ls`, without the server's own services. */
  list() {
    return [...this.#services.entries()]
      .filter(([name]) => !name.startsWith("dokploy-"))
      .map(([name, { id, spec, isScaledUp, live }]) => ({
        ...{ ID: id.slice(0, SHORT_ID), Image: spec.image, Mode: "replicated", Name: name, Ports: "" },
        Replicas: `${live ? 1 : 0}/${isScaledUp ? 1 : 0}`,
      }));
  }

  /** `docker service ps`: when the column "error" of the last row is empty, its heading is cut off. */
  tasks(name: string) {
    const tasks = this.#services.get(name)?.tasks ?? [];
    return tasks.map((task, index) => ({
      containerId: task.id,
      name: `${name}.1`,
      state: task.desired,
      currentState: stateSince(task.state, task.sinceMs),
      node: "node-1",
      error: task.error || (index === tasks.length - 1 ? "Error:" : ""),
    }));
  }

  /** The containers of every service whose name begins with `prefix`. */
  containers(prefix: string) {
    const own = { containerId: PROXY_ID, name: PROXY_NAME, state: "running", status: "Up 2 weeks" };
    const others = this.#allTasks()
      .filter((task) => containerName(task).startsWith(prefix))
      .map((task) => ({
        containerId: task.containerId.slice(0, SHORT_ID),
        name: containerName(task),
        ...statusOf(task),
      }));
    return PROXY_NAME.startsWith(prefix) ? [own, ...others] : others;
  }

  inspect(containerId: string) {
    const task = this.#allTasks().find((one) => containerId !== "" && one.containerId.startsWith(containerId));
    return task && inspection(task, this.#services.get(task.spec.name)?.id ?? "");
  }

  #allTasks(): Task[] {
    return [...this.#services.values(), ...this.#ending].flatMap(({ tasks }) => tasks);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.remove()));
    this.#services.clear();
    await this.runtime.close();
  }
}

function refuse({ name, volumes }: ContainerSpec): void {
  const complain = (text: string) => {
    throw new Error(`(HTTP code 400) unexpected - rpc error: code = InvalidArgument desc = ${text} `);
  };
  const paths = volumes.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice) complain(`ContainerSpec: duplicate mount point: ${twice}`);
  if (name.length > NAME_LENGTH) complain(`name must be ${NAME_LENGTH} characters or fewer`);
}

const containerName = (task: Task) => `${task.spec.name}.1.${task.id}`;

function statusOf(task: Task): { state: string; status: string } {
  if (task.exitCode !== null)
    return { state: "exited", status: `Exited (${task.exitCode}) ${age(task.sinceMs).toLowerCase()} ago` };
  if (task.state !== "Running") return { state: "created", status: "Created" };
  return { state: "running", status: `Up ${age(task.sinceMs)}${healthOf(task)}` };
}

function healthOf(task: Task): string {
  const { spec } = task;
  if (!spec.hasHealthCheck) return "";
  if (spec.behaviour.isUnhealthy) return " (unhealthy)";
  return isServing(task) ? " (healthy)" : " (health: starting)";
}

function inspection(task: Task, serviceId: string) {
  const isRunning = task.exitCode === null && task.state === "Running";
  const at = new Date(task.createdAtMs).toISOString();
  return {
    Id: task.containerId,
    Name: `/${containerName(task)}`,
    Created: at,
    State: {
      Status: statusOf(task).state,
      Running: isRunning,
      ...{ Paused: false, Restarting: false, OOMKilled: false, Dead: false },
      Pid: isRunning ? 1 : 0,
      ExitCode: task.exitCode ?? 0,
      Error: "",
      StartedAt: at,
      FinishedAt: isRunning ? "0001-01-01T00:00:00Z" : new Date(task.sinceMs).toISOString(),
    },
    RestartCount: 0,
    Mounts: task.spec.volumes.map(({ name, path }) => ({ Type: "volume", Name: name, Destination: path })),
    Config: {
      Image: task.spec.image,
      Env: Object.entries(task.spec.environment).map(([name, value]) => `${name}=${value}`),
      Cmd: ["/bin/app"],
      Labels: {
        "com.docker.swarm.node.id": "standinnode",
        "com.docker.swarm.service.id": serviceId,
        "com.docker.swarm.service.name": task.spec.name,
        "com.docker.swarm.task": "",
        "com.docker.swarm.task.id": task.id,
        "com.docker.swarm.task.name": containerName(task),
      },
    },
  };
}
