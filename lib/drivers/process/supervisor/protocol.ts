import type { CutShort } from "../../cut-short";

/**
 * The protocol between the supervisor and its client: HTTP with JSON over a Unix socket that only its user may open.
 * Every call is safe to repeat. The running supervisor may be older than its client: add fields, never change their
 * meaning.
 */

/** How a release is run. It is written to the state file and contains no secrets: those are in the environment file. */
export interface ReleaseSpec {
  directory: string;
  /** For `/bin/sh -c`, in the directory. */
  command: string;
  /** A 0600 JSON file: the whole environment but PORT. */
  environmentFile: string;
  /** The service's public port while this release is live. Without an address it is on all interfaces. */
  publicPort: number;
  bindAddress: string | null;
  memoryMb: number | null;
  cpus: number | null;
  /** Answers with files of earlier releases where it has none, while it is live. Absent where it does not. */
  keepsAssets?: true;
  /** A worker's name (`worker.2`), for its environment and its lines in the service's log. It has no port. */
  worker?: string;
  /** A file for its whole output, instead of the service's log. Supervisors of earlier versions do not know it. */
  outputFile?: string;
}

/** `not-asked`: the release has no limit. `unavailable`: this host has no mechanism, so it runs without. */
export type LimitMechanism = "not-asked" | "systemd" | "cgroup" | "unavailable";

export interface Address {
  host: string;
  port: number;
}

export interface ReleaseStatus {
  id: string;
  spec: ReleaseSpec;
  /** `starting` until its private port opens. What is kept is restarted, so only others are `exited`. */
  state: "starting" | "running" | "restarting" | "exited" | "stopping";
  pid: number | null;
  /** Where it listens, once it does. */
  address: Address | null;
  since: string;
  restarts: number;
  exitCode: number | null;
  signal: string | null;
  limits: LimitMechanism;
  /** Of a worker: it is started again when it ends. */
  kept?: boolean;
}

export interface ServiceStatus {
  name: string;
  /** The public port, while it is open. */
  port: number | null;
  current: string | null;
  releases: ReleaseStatus[];
}

/** The requests that did not end in time. Absent in answers of older supervisors. */
export interface StopAnswer {
  cut?: CutShort[];
}

export interface SupervisorStatus {
  pid: number;
  version: string;
  services: ServiceStatus[];
}

/** `<base>/supervisor.json`: the address of the running supervisor, or of the last one. */
export interface SupervisorAddress {
  pid: number;
  socket: string;
  version: string;
  /** True when it runs each service as its own user where it can. Absent for a supervisor that runs all as its own user. */
  cages?: boolean;
  /** True when it knows `keepsAssets`. */
  keepsAssets?: boolean;
  /** True when it runs workers. */
  runsWorkers?: boolean;
}

/** `<base>/supervisor-state.json`: what must run. */
export interface SupervisorState {
  services: {
    name: string;
    current: string | null;
    /** Includes the start time of the process: its id alone may belong to another process by now. */
    releases: { id: string; spec: ReleaseSpec; pid: number | null; startTime: string | null; kept?: boolean }[];
  }[];
}

export type ControlErrorCode = "unknown" | "serving" | "not-running" | "port-in-use" | "cannot-start" | "invalid";
export interface ControlError {
  error: ControlErrorCode;
  message: string;
}

export const ADDRESS_FILE = "supervisor.json";
/** Locked by the supervisor of a base directory while it runs. */
export const LOCK_FILE = "supervisor.lock";
export const STATE_FILE = "supervisor-state.json";

/** A refusal that is sent to the client with its code. */
export class ControlFailure extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.name = "ControlFailure";
    this.code = code;
  }
}
