import type { Fact } from "@/lib/contracts/fact";
import type { ReleaseContext, ServicePlace } from "../driver";
import type { Address } from "../phases/candidate";

/** Where a release is bound on its host. */
export interface Binding {
  host: string;
  port: number;
}

/** A release as the host's own tool (Docker, systemd) tells of it. */
export interface ReleaseLook {
  releaseId: string;
  binding: Binding;
  /** Where to see whether it listens by itself: behind a container's published port something answers before it does. */
  listensAt: Address;
  running: boolean;
  /** It ended, and nothing starts it again. */
  exited: { exitCode: number | null; signal: string | null } | null;
  /** Since it was last kept (`keep`) or created. */
  restarts: number;
  /** ISO 8601. */
  since: string | null;
  /** False while it runs and nothing keeps it: it is new, or it is being retired. Absent where the host's tool cannot say. */
  isKept?: boolean;
  /** What it was made from, where the host's tool can say so: an image's id. */
  runsFrom?: string;
}

/**
 * How a driver runs the releases of a service on a host. Starting, switching, going back, stopping and drift are built
 * on these few verbs (start.ts, candidate.ts, stop.ts, …), so a driver brings nothing else for them. Every verb is
 * safe to repeat and works in another process: the host's tool holds all there is to know.
 */
export interface ReleaseRunner {
  /**
   * Runs `ctx.release` with its environment, configuration and limits on this binding, made anew when it exists on
   * another one. It is not started again when it ends, until it is kept. Answers what to tell of it. Throws `start-failed`.
   */
  create(ctx: ReleaseContext, binding: Binding): Promise<Fact>;
  /** Starts what `stop` stopped or `retire` is ending, as it was. Throws `start-failed`, also when there is nothing of it any more. */
  resume(place: ServicePlace, releaseId: string): Promise<void>;
  /** From now on it is started again when it ends and when the host boots. */
  keep(place: ServicePlace, releaseId: string): Promise<void>;
  /** Ends it, also for the host's next boot, without deleting it: TERM, and KILL after `graceMs`. */
  stop(place: ServicePlace, releaseId: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Has it end like `stop`, and waits for that a moment only: the host's tool sees it through. For one that has no
   * requests any more; some programs never heed TERM, and nobody is served by waiting for them.
   */
  retire(place: ServicePlace, releaseId: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /** Stops and deletes what runs it; its artifact stays. Nothing there is success. */
  remove(place: ServicePlace, releaseId: string): Promise<void>;
  /** Null when the host knows nothing of it. */
  look(place: ServicePlace, releaseId: string): Promise<ReleaseLook | null>;
  /** Every release of the service that the host has something of, running or not. */
  list(place: ServicePlace): Promise<ReleaseLook[]>;
  /** What it wrote, the newest lines last. */
  lastOutput(place: ServicePlace, releaseId: string, lines: number): Promise<string[]>;
}
