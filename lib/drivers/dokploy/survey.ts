import * as z from "zod";
import type { DokployTask } from "@/lib/drivers/dokploy/client/types";
import type { DokployPlace, Inspection, SurveyedRelease } from "../driver";
import { exitCodeOf, hasFailed, isLive, orIfForbidden } from "./tasks";

/** As verifying_health keeps it with a release. */
const Artifact = z.object({ applicationId: z.string(), appName: z.string() });

/**
 * What the server has of all these stacks: its services and its domains in one call each. Only a stack of which no
 * container runs is asked for by itself. Rejects when the server cannot be asked; a release of which nothing can be said
 * is absent from the answer.
 */
export async function surveyStacks(
  { dokploy }: DokployPlace,
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

/** Null where the key may not ask. */
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
