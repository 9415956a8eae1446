import { formatImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import type { DokployTask } from "@/lib/drivers/dokploy/client/types";
import type { DokployPlace } from "../driver";

/** What the swarm says of a service. Keys without rights to Docker cannot ask it. */

export async function orIfForbidden<T, U>(asked: Promise<T>, instead: U): Promise<T | U> {
  return asked.catch((error: unknown) => {
    if (error instanceof Problem && error.code === "platform-forbidden") return instead;
    throw error;
  });
}

/** It should run and does. */
export function isLive({ state, currentState }: DokployTask): boolean {
  return state === "running" && /^Running\b/.test(currentState);
}

/** One that has come to its end is no service, however well it ended. */
export function hasFailed({ currentState }: DokployTask): boolean {
  return /^(Failed|Rejected|Complete)\b/.test(currentState);
}

/** `task: non-zero exit (3)` */
export function exitCodeOf({ error }: DokployTask): number | null {
  const [, code] = /non-zero exit \((\d+)\)/.exec(error ?? "") ?? [];
  return code === undefined ? null : Number(code);
}

/** The containers of these tasks on the server's own machine and the image each runs; a task that runs elsewhere has none. */
export async function containersOf(
  { dokploy }: Pick<DokployPlace, "dokploy">,
  appName: string,
  tasks: readonly DokployTask[],
  /** Tasks whose image is known. */
  known: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<{ taskId: string; status: string; runs: string | null | undefined }[]> {
  const containers = await dokploy.listContainers(appName, signal);
  const found = tasks.flatMap(({ taskId }) => {
    const container = containers.find(({ name }) => name.endsWith(`.${taskId}`));
    return container ? [{ taskId, ...container }] : [];
  });
  return Promise.all(
    found.map(async ({ taskId, containerId, status }) => {
      if (known.has(taskId)) return { taskId, status, runs: undefined };
      return { taskId, status, runs: (await dokploy.inspect(containerId, signal))?.image ?? null };
    }),
  );
}

/** However each of them is written. A digest counts only where one is wanted. */
export function isImage(found: string | null, wanted: string): boolean {
  const [is, should] = [parseImageReference(found ?? ""), parseImageReference(wanted)];
  if (!is || !should) return found === wanted;
  if (should.digest !== null) return is.digest === should.digest && is.repository === should.repository;
  return formatImageReference({ ...is, digest: null }) === formatImageReference(should);
}
