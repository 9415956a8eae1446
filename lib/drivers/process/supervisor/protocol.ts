import type { CutShort } from "../../cut-short";

/**
 * What the supervisor and its client say to each other: HTTP with JSON over a Unix socket that only its user may open.
 * Every call is safe to repeat. The supervisor is a program of its own that may be older than the Landfall that talks
 * to it: add fields, never change what one means.
 */

/** How a release is run. Written to the state file, so nothing in it is secret: values are in the environment file. */
export interface ReleaseSpec {
  directory: string;
  /** For `/bin/sh -c`, in the directory. */
  command: string;
  /** A 0600 JSON file: the whole environment but PORT. */
  environmentFile: string;
  /** What the service is reached at while this release serves. All interfaces without an address. */
  publicPort: number;
  bindAddress: string | null;
  memoryMb: number | null;
  cpus: number | null;
}

/** `not-asked`: the release has none. `unavailable`: this host offers no way, so it runs without. */
export type LimitMechanism = "not-asked" | "systemd" | "cgroup" | "unavailable";

export interface Address {
  host: string;
  port: number;
}

export interface ReleaseStatus {
  id: string;
  spec: ReleaseSpec;
  /** `starting` until its private port opens; `exited` only for one that does not serve: the one that serves restarts. */
  state: "starting" | "running" | "restarting" | "exited" | "stopping";
  pid: number | null;
  /** Where it listens, once it does. */
  address: Address | null;
  since: string;
  restarts: number;
  exitCode: number | null;
  signal: string | null;
  limits: LimitMechanism;
}

export interface ServiceStatus {
  name: string;
  /** The public port, while it is open. */
  port: number | null;
  current: string | null;
  releases: ReleaseStatus[];
}

/** What did not end in the time it had. Absent from those that did not count it. */
export interface StopAnswer {
  cut?: CutShort[];
}

export interface SupervisorStatus {
  pid: number;
  version: string;
  services: ServiceStatus[];
}

/** `<base>/supervisor.json`: where the one that runs, or ran last, is found. */
export interface SupervisorAddress {
  pid: number;
  socket: string;
  version: string;
  /** Runs each service as a user of its own where it may. Absent in those that run all services as their own user. */
  cages?: boolean;
}

/** `<base>/supervisor-state.json`: what must run. */
export interface SupervisorState {
  services: {
    name: string;
    current: string | null;
    /** With the start time of its process: a process id alone may belong to somebody else by now. */
    releases: { id: string; spec: ReleaseSpec; pid: number | null; startTime: string | null }[];
  }[];
}

export type ControlErrorCode = "unknown" | "serving" | "not-running" | "port-in-use" | "cannot-start" | "invalid";
export interface ControlError {
  error: ControlErrorCode;
  message: string;
}

export const ADDRESS_FILE = "supervisor.json";
/** Held by the one supervisor of a base directory while it lives. */
export const LOCK_FILE = "supervisor.lock";
export const STATE_FILE = "supervisor-state.json";

/** A refusal that the client is told with its code. */
export class ControlFailure extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.name = "ControlFailure";
    this.code = code;
  }
}
