import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { RuntimeState } from "@/lib/contracts/service";
import type { Inspection, OutputPiece, ServicePlace, SurveyedRelease } from "../driver";
import type { DokployTask, OutputLine } from "./client/types";
import type { DokployAccess } from "./context";
import { findApplicationId } from "./ours";
import { exitCodeOf, hasFailed, isLive, orIfForbidden } from "./tasks";

/** The state according to the swarm, not to the server's own records. Never throws. */
export async function stackState(place: ServicePlace<DokployAccess>): Promise<RuntimeState> {
  const base = { releaseId: null, since: null, restarts: 0, exitCode: null, processes: [] };
  try {
    return { ...base, ...(await readState(place)) };
  } catch {
    // A server that does not answer, or a key without access, says nothing about the stack.
    return { ...base, state: "unknown" };
  }
}

async function readState(
  place: ServicePlace<DokployAccess>,
): Promise<Pick<RuntimeState, "state"> & Partial<Omit<RuntimeState, "processes">>> {
  const { dokploy } = place;
  const applicationId = await findApplicationId(place);
  const application = applicationId === null ? null : await dokploy.findApplication(applicationId);
  if (!application) return { state: "absent" };
  return runtimeOf(await dokploy.listTasks(application.appName)) ?? { state: "unknown" };
}

/** The artifact that verifying_health stores with a release. */
const Artifact = z.object({ applicationId: z.string(), appName: z.string() });

/**
 * The state of many stacks: services and domains are listed in one call each, and only a stack without a running container
 * needs a call of its own. Rejects when the server does not answer. A release whose state is not known is left out.
 */
export async function surveyStacks(
  { dokploy }: DokployAccess,
  releases: readonly SurveyedRelease[],
  signal: AbortSignal,
): Promise<Map<string, Inspection>> {
  const [services, domains] = await Promise.all([
    orIfForbidden(dokploy.listServices(signal), null),
    orIfForbidden(dokploy.listAllDomains(signal), null),
  ]);
  const found = new Map<string, Inspection>();
  for (const release of releases) {
    const artifact = Artifact.safeParse(release.artifact).data;
    if (!artifact) continue;
    const { appName, applicationId } = artifact;
    const service = services?.find(({ name }) => name === appName);
    const runtime =
      service && service.running > 0
        ? RUNNING
        : runtimeOf(await orIfForbidden(dokploy.listTasks(appName, signal), null));
    if (runtime === null) continue;
    const isRouted =
      domains === null || domains.some(({ host, ownerId }) => ownerId === applicationId && host === release.domain);
    found.set(release.id, {
      ...runtime,
      processes: [],
      since: null,
      servingId: release.id,
      way: isRouted ? "open" : "closed",
      foreignArtifact: null,
    });
  }
  return found;
}

type Runtime = Pick<Inspection, "state" | "restarts" | "exitCode">;
const RUNNING: Runtime = { state: "running", restarts: 0, exitCode: null };

/** Null where the key has no access to Docker. */
export function runtimeOf(tasks: readonly DokployTask[] | null): Runtime | null {
  if (tasks === null) return null;
  const failed = tasks.filter(hasFailed);
  const seen = { restarts: failed.length, exitCode: failed[0] ? exitCodeOf(failed[0]) : null };
  if (tasks.length === 0) return { state: "absent", ...seen };
  if (tasks.some(isLive)) return { state: "running", ...seen };
  const isWanted = tasks.some(({ state }) => state === "running" || state === "ready");
  if (isWanted) return { state: failed.length > 0 ? "restarting" : "starting", ...seen };
  return { state: "down", ...seen };
}

const EVERY_MS = 1_000;
/** How many lines a service may write between two reads without a gap. */
const FOLLOWED_LINES = 1_000;

/** The server has no stream of a container's output, so the output is read repeatedly. */
export async function* stackLogs(
  place: ServicePlace<DokployAccess>,
  { tail, follow, signal }: { tail: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<OutputPiece> {
  const applicationId = await findApplicationId(place, signal);
  if (applicationId === null) return;
  const asked = follow ? Math.max(tail, FOLLOWED_LINES) : tail;
  let known = await read();
  yield* piecesOf(known.slice(-tail));
  while (follow && !signal.aborted) {
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = await read();
    const same = overlap(known.map(keyOf), now.map(keyOf));
    // The server does not tell how many lines were left out.
    if (same === 0 && known.length > 0 && now.length >= asked)
      yield piece(`[landfall] more lines than ${asked} came at once: some were left out`);
    yield* piecesOf(now.slice(same));
    known = now;
  }

  /** Reads the same number of lines each time, so that earlier lines are found at the beginning. */
  async function read(): Promise<OutputLine[]> {
    return (await place.dokploy.readOutput(applicationId ?? "", { tail: asked }, signal)) ?? [];
  }
}

const keyOf = ({ at, text }: OutputLine) => `${at} ${text}`;
const piece = (text: string): OutputPiece => ({ text, goesOn: false });
const piecesOf = (lines: readonly OutputLine[]) => lines.map(({ text }) => piece(text));

/** How many of the later lines are the end of the earlier ones. */
export function overlap(earlier: readonly string[], later: readonly string[]): number {
  for (let size = Math.min(earlier.length, later.length); size > 0; size--) {
    const from = earlier.length - size;
    if (later.slice(0, size).every((line, index) => line === earlier[from + index])) return size;
  }
  return 0;
}
