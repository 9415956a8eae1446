import * as z from "zod";
import type { Restored } from "@/lib/contracts/drift";
import { ReleaseProcess } from "@/lib/contracts/process-type";
import type { CutShort } from "./cut-short";
import type { Inspection, PhaseContext, ReleaseContext, ServicePlace } from "./driver";
import type { Binding, ReleaseStatus, Runner, Worker } from "./runner";

/**
 * The release that has a service's public port, and how. It is stored in the receipts of deployments and on the host
 * (`serving.json`), so fields may be added but never renamed.
 */
export const LiveRelease = z.object({
  releaseId: z.string(),
  /**
   * Who has the public port. `edge`: Landfall's own Caddy, in front of a private port. `direct`: the release itself.
   * `supervisor`: the supervisor, in front of a private port that it chooses.
   */
  way: z.enum(["edge", "direct", "supervisor"]),
  binding: z.object({ host: z.string(), port: z.int() }),
  publicPort: z.int(),
  bindAddress: z.string().nullable(),
  domain: z.string().nullable(),
  certificate: z.enum(["automatic", "internal"]),
  /** See ReleaseStatus. */
  spec: z.json().optional(),
  /** Are files of earlier releases answered where it has none? Absent where they are not. */
  keepsAssets: z.literal(true).optional(),
  /** What runs besides the process with the port. Absent where nothing does. */
  processes: z.array(ReleaseProcess).optional(),
});
export type LiveRelease = z.infer<typeof LiveRelease>;

export function withProcesses(live: LiveRelease, types: readonly ReleaseProcess[]): LiveRelease {
  return types.length === 0 ? live : { ...live, processes: types.map(({ type, replicas }) => ({ type, replicas })) };
}

/** Each copy of each type. */
export function workersOf({ processes = [] }: Pick<LiveRelease, "processes">): Worker[] {
  return processes.flatMap(({ type, replicas }) =>
    Array.from({ length: replicas }, (_, index) => ({ type, copy: index + 1 })),
  );
}

/** `spec` is the supervisor's own (process/supervisor/protocol.ts), with which it restarts exactly this release. */
export function liveBehindSupervisor<Spec extends Pick<LiveRelease, "publicPort" | "bindAddress" | "keepsAssets">>(
  releaseId: string,
  spec: Spec,
  binding = CHOSEN_LATER,
): LiveRelease {
  const { publicPort, bindAddress, keepsAssets } = spec;
  const reach = { publicPort, bindAddress, domain: null, certificate: "automatic" as const };
  const kept = keepsAssets && { keepsAssets };
  return { releaseId, way: "supervisor", binding, ...reach, ...kept, spec: spec as unknown as LiveRelease["spec"] };
}

/** The binding of a release whose private port the supervisor has not chosen yet. */
export const CHOSEN_LATER: Binding = { host: "127.0.0.1", port: 0 };

export interface Switch {
  next: LiveRelease;
  /** The live release until then. */
  before: LiveRelease | null;
  /** For a release that gets the public port itself: makes it listen there. */
  bind: () => Promise<unknown>;
  /** Switching back: the route is switched even if the release is not up yet. */
  evenIfDown: boolean;
}

/**
 * Who has the public port of a service, and which release gets its requests. Every method is safe to repeat and works
 * in another process. lifecycle/edge-or-direct.ts and process/route.ts implement it.
 */
export interface Route {
  /** Starts the programs that all other methods need, and answers which ones it started. */
  ensure(ctx: ReleaseContext): Promise<Restored[]>;
  /** The live release; null when there is none. */
  current(place: ServicePlace): Promise<LiveRelease | null>;
  /** Does the public port lead to this release, which is the live one? */
  status(place: ServicePlace, live: LiveRelease | null): Promise<Inspection["way"]>;
  /** Validation: the public port is free or this service's own, and the service's address settings can be fulfilled. */
  check(ctx: PhaseContext, live: LiveRelease | null): Promise<void>;
  /** Plans how `ctx.release` will be live, and where it listens until then. */
  prepare(ctx: PhaseContext): Promise<{ next: LiveRelease; private: Binding; before: LiveRelease | null }>;
  /** Sends new requests to `next`. The previous release keeps running, unless it has the port that `next` needs. */
  switchTo(ctx: PhaseContext, change: Switch): Promise<void>;
  /**
   * Can it answer requests for files of earlier releases? Not without Caddy, and not by a supervisor of an earlier
   * version, which stays as long as it has services.
   */
  canKeepAssets(place: ServicePlace, live: LiveRelease): Promise<boolean>;
  /** Waits, at most `drainMs`, until the requests to these releases have ended. Answers what did not. May stop them. */
  drain(
    place: ServicePlace,
    releases: readonly Pick<ReleaseStatus, "releaseId" | "binding">[],
    drainMs: number,
    signal?: AbortSignal,
  ): Promise<CutShort[]>;
  /** Closes the public port. Requests in flight continue. */
  close(place: ServicePlace, live: LiveRelease | null): Promise<void>;
  /** Derives the release that must be live from what the host still has. Throws `release-gone` when it cannot. */
  rebuild(
    ctx: ReleaseContext,
    status: ReleaseStatus | null,
    types: readonly ReleaseProcess[],
  ): Promise<{ live: LiveRelease; restored: Restored[] }>;
  /** Makes the public port lead to a release again. `isNew` when the release was just recreated. */
  restore(ctx: ReleaseContext, live: LiveRelease, isNew: boolean): Promise<Restored[]>;
}

/** The two halves of how a driver's releases run on a host. */
export interface HostParts {
  runner: Runner;
  route: Route;
}
