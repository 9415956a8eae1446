import { Problem } from "@/lib/contracts/problem";
import type { DokployTask } from "@/lib/dokploy/types";
import type { StackContext } from "./stack-phase";
import { containersOf, exitCodeOf, hasFailed, isImage, isLive, orIfForbidden } from "./tasks";

const OUTPUT_LINES = 50;
const DETAIL_LINES = 5;

export interface Watched {
  applicationId: string;
  appName: string;
  image: string;
  /** The swarm's tries from before it was deployed: what became of them says nothing about the new ones. */
  knownTasks: readonly string[];
}

/** `unknown`: the key may not ask Docker. */
export interface TaskLook {
  is: "up" | "waiting" | "unknown";
  detail: string;
}

/** Throws service-exited as soon as one of the new containers ended or could not be started. */
export async function lookAtTasks(ctx: StackContext, watched: Watched): Promise<TaskLook> {
  const tasks = await orIfForbidden(ctx.dokploy.listTasks(watched.appName, ctx.signal), null);
  if (tasks === null) return { is: "unknown", detail: "its key may not ask Docker" };
  const fresh = tasks.filter(({ taskId }) => !watched.knownTasks.includes(taskId));
  const failed = fresh.find(hasFailed);
  if (failed) throw await exited(ctx, watched, failed);
  const live = tasks.filter(isLive);
  // Every deployment makes new ones: what ran before and still does only waits for them.
  if (live.length === 0 || !live.every((task) => fresh.includes(task)))
    return { is: "waiting", detail: fresh[0]?.currentState ?? "no container yet" };
  return lookAtContainers(ctx, watched, live);
}

/** The swarm goes back to the old image by itself, and says nothing of it. */
async function lookAtContainers(ctx: StackContext, watched: Watched, live: DokployTask[]): Promise<TaskLook> {
  const containers = await orIfForbidden(containersOf(ctx, watched.appName, live, ctx.signal), []);
  const other = containers.find(({ image }) => !isImage(image, watched.image));
  if (other) return { is: "waiting", detail: `it still runs ${other.image ?? "another image"}` };
  const unready = containers.find(({ status }) => /\((health: starting|unhealthy)\)/.test(status));
  if (unready) return { is: "waiting", detail: unready.status };
  return { is: "up", detail: live[0]?.currentState ?? "Running" };
}

async function exited(ctx: StackContext, { applicationId }: Watched, task: DokployTask): Promise<Problem> {
  const output = await ctx.dokploy.readOutput(applicationId, { tail: OUTPUT_LINES }, ctx.signal);
  const lines = (output ?? "").split("\n").filter((line) => line.trim() !== "");
  ctx.log(lines.length === 0 ? "the container wrote nothing that is left" : `the last ${lines.length} lines it wrote:`);
  for (const line of lines) ctx.log(line, "stdout");
  const exitCode = exitCodeOf(task);
  return new Problem("service-exited", {
    params: exitCode === null ? {} : { exitCode },
    detail: [task.error ?? task.currentState, ...lines.slice(-DETAIL_LINES)].join("\n"),
  });
}
