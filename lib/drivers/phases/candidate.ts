import type { Json } from "../driver";

export interface Address {
  host?: string;
  port: number;
}

export interface CandidateState {
  /** Where it listens by itself, once it does. */
  address: Address | null;
  /** It ended and nothing starts it again. */
  exited: { exitCode: number | null; signal: string | null } | null;
  /** Does the public way lead to it? */
  serves: boolean;
  restarts: number;
}

/** A release that is to take over, as its driver sees it: the few things in which verifying differs from one to another. */
export interface Candidate {
  /** Starts it when it is not there: after a take-over it may be gone. */
  ensure(): Promise<void>;
  look(): Promise<CandidateState>;
  lastOutput(lines: number): Promise<readonly string[]>;
  /** Routes new requests to it. What served before runs on. */
  switchTo(): Promise<void>;
  /** Lets what served before end its requests and stops it, without deleting it. */
  retireOthers(): Promise<void>;
  /** The public way, as seen from the host. */
  readonly publicAddress: Address;
  /** What switching back needs, from any process. */
  readonly receipt: Json;
}
