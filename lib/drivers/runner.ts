import type { Fact } from "@/lib/contracts/fact";
import type { Command } from "@/lib/hosts/host";
import type { Json, ReleaseContext, ServicePlace } from "./driver";
import type { Processes, ProcessTypePlan } from "./plan/process-types";

/** The address a release is bound to on its host. */
export interface Binding {
  host: string;
  port: number;
}

/** One copy of a process type without a port. Copies count from 1. */
export interface Worker {
  type: string;
  copy: number;
}

/** A worker to run, with what its type says of it. */
export type WorkerPlan = Worker & Pick<ProcessTypePlan, "command" | "memoryMb" | "cpus">;

/**
 * The name on the host of one process of a release: the release's id for the one with the port, `<id>-<type>-<copy>` for a
 * worker. Commands have other names (`commandUnitName` and the like), which never end with a number.
 */
export function processId(releaseId: string, worker?: Worker): string {
  return worker ? `${releaseId}-${worker.type}-${worker.copy}` : releaseId;
}

/** In an expression, also of `grep -E`. */
export const PROCESS_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[A-Za-z0-9][A-Za-z0-9_-]{0,31}-[0-9]{1,2})?";
const PARTS = /^(.{36})(?:-(.+)-(\d+))?$/;

/** Null for the name of anything else. */
export function processOf(id: string): { releaseId: string; worker?: Worker } | null {
  if (!new RegExp(`^${PROCESS_ID}$`).test(id)) return null;
  const [, releaseId = "", type, copy] = PARTS.exec(id) ?? [];
  return { releaseId, ...(type !== undefined && { worker: { type, copy: Number(copy) } }) };
}

/** "worker.2", as its environment and the service's log name it. */
export function workerName({ type, copy }: Worker): string {
  return `${type}.${copy}`;
}

/** What a worker's lines begin with in the service's log. Nothing for the process with the port. */
export function outputPrefix(worker: Worker | undefined): string {
  return worker ? `${workerName(worker)} | ` : "";
}

/** The variable that tells a worker which one it is. */
export function workerVariable(worker: Worker): { LANDFALL_PROCESS: string } {
  return { LANDFALL_PROCESS: workerName(worker) };
}

/** A process of a release as the host's own tool (Docker, systemd, the supervisor) reports it. */
export interface ReleaseStatus {
  releaseId: string;
  /** Absent for the process with the port. A worker's binding means nothing, and it listens nowhere. */
  worker?: Worker;
  binding: Binding;
  /**
   * Where to check whether the release itself listens: a container's published port accepts connections earlier. Null
   * while the tool knows that it does not listen.
   */
  listensAt: { host?: string; port: number } | null;
  running: boolean;
  /** Set once the release has ended and nothing restarts it. */
  exited: { exitCode: number | null; signal: string | null } | null;
  /** The number of restarts since the release was created or last kept (`keep`). */
  restarts: number;
  /** ISO 8601. */
  since: string | null;
  /** True while it runs and the tool knows that it does not listen yet. Absent where the tool cannot tell. */
  isStarting?: boolean;
  /** False while it runs without restarts: it is new, or it is being retired. Absent where the tool cannot tell. */
  isKept?: boolean;
  /** True when the tool saw the release end by itself. Absent where a reboot of the host looks the same. */
  endedByItself?: boolean;
  /** How the last process of a repeatedly restarted release ended. Absent where the tool cannot tell. */
  lastExitCode?: number | null;
  /** The id of the image it was created from, where the tool can tell. */
  runsFrom?: string;
  /** What `resume` needs from a tool that forgets a release when it stops it. */
  spec?: Json;
}

/** A process to restart: its `processId`, and the `spec` of its status. */
export interface StoppedProcess {
  id: string;
  spec?: Json;
}

export function stoppedOf({
  releaseId,
  worker,
  spec,
}: Pick<ReleaseStatus, "releaseId" | "worker" | "spec">): StoppedProcess {
  return { id: processId(releaseId, worker), ...(spec !== undefined && { spec }) };
}

/**
 * The service's own commands around a deployment. `release` is its release command, `check` that of one of its process
 * types, the others are hooks of the switch.
 */
export type CommandName = "release" | "before-switch" | "after-switch" | "check";
export const COMMAND_NAMES = [
  "release",
  "before-switch",
  "after-switch",
  "check",
] as const satisfies readonly CommandName[];

export interface OwnCommand {
  name: CommandName;
  /** As its author typed it. */
  command: string;
  /** Variables besides those of the release. Not secret. */
  variables: Readonly<Record<string, string>>;
  /** Called when everything is prepared, right before it starts: what is recorded here may have run. */
  begins(): Promise<void>;
}

/** How a command ended. Null and null: its end is known, and not how. */
export interface CommandEnd {
  exitCode: number | null;
  signal: string | null;
}

export type OnOutput = (text: string, stream: "stdout" | "stderr", goesOn: boolean) => void;

/**
 * How a driver runs the releases of a service on a host. lib/drivers/lifecycle implements starting, switching,
 * switching back, removing and repairing once, with these methods. Every method is safe to repeat and works in another
 * process: the host's tool has all of the state. An `id` is a `processId`.
 */
export interface Runner {
  /** What `ctx.release` runs besides the process with the port, by its settings and its files on the host. */
  processes(ctx: ReleaseContext): Promise<Processes>;
  /**
   * Runs the process of `ctx.release` that has this binding, with its environment, configuration and limits, and recreates
   * it when it exists on another one. It is not restarted when it ends, until `keep` is called. Throws `start-failed`.
   */
  create(ctx: ReleaseContext, binding: Binding): Promise<Fact | null>;
  /** The same for a worker of `ctx.release`, which has no port. */
  createWorker(ctx: ReleaseContext, worker: WorkerPlan): Promise<void>;
  /** Restarts, unchanged, a process that was stopped or is retiring. Throws `start-failed`, also when it is gone. */
  resume(place: ServicePlace, process: StoppedProcess): Promise<void>;
  /** From now on it is restarted when it ends and when the host boots. */
  keep(place: ServicePlace, id: string): Promise<void>;
  /** Ends it, also for the host's next boot, without deleting it: TERM, and KILL after `graceMs`. */
  stop(place: ServicePlace, id: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Ends it like `stop` but waits only a moment: the host's tool completes the stop. Meant for a process without
   * requests: some programs ignore TERM, and waiting for them has no benefit.
   */
  retire(place: ServicePlace, id: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Stops and deletes one process; the artifact stays. Succeeds when there is nothing. `drainMs` is how long requests may
   * take to end, for a runner that is also the proxy in front of the release.
   */
  remove(place: ServicePlace, id: string, drainMs?: number): Promise<void>;
  /** Null when the host does not know it. */
  status(place: ServicePlace, id: string): Promise<ReleaseStatus | null>;
  /** Every process of the service's releases that the host knows, running or not. */
  list(place: ServicePlace): Promise<ReleaseStatus[]>;
  /** The process's output, the newest lines last. */
  lastOutput(place: ServicePlace, id: string, lines: number): Promise<string[]>;
  /**
   * Calls `use` with a command of the host that prints a folder of a release's files as a tar archive. No program of the
   * service runs for it, and it reads nothing that the service could not. Null, or a command that ends with 66, when the
   * release has no such folder.
   */
  packFolder<Result>(
    place: ServicePlace,
    releaseId: string,
    folder: string,
    use: (command: Command["args"]) => Promise<Result>,
  ): Promise<Result | null>;
  /**
   * Starts a command of `ctx.release` as what runs the release itself: the same user, files, environment, network and
   * limits. It outlives this process, and has a name of its own on the host, which nothing else has: `endCommands` comes
   * before. Throws `start-failed`.
   */
  startCommand(ctx: ReleaseContext, command: OwnCommand): Promise<void>;
  /**
   * Passes on a started command's output from its beginning, and answers how it ended. Null when the host does not know
   * the command. `ctx.signal` ends the wait and never the command.
   */
  followCommand(ctx: ReleaseContext, name: CommandName, onOutput: OnOutput): Promise<CommandEnd | null>;
  /**
   * Ends the commands of a release, or of every release of the service, with all they started: TERM, then KILL. Deletes
   * what is left of them. Succeeds when there is nothing.
   */
  endCommands(place: ServicePlace, releaseId?: string): Promise<void>;
}
