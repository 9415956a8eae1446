import { type Fact, fact, verbatim } from "@/lib/contracts/fact";
import type { Problem } from "@/lib/contracts/problem";
import type { DokployTask } from "@/lib/drivers/dokploy/client/types";
import { causeAmong, failedBy } from "../cause";
import type { FollowedDeployment } from "./receipts";
import type { StackContext } from "./stack-phase";
import { containersOf, exitCodeOf, hasFailed, isImage, isLive, orIfForbidden } from "./tasks";

const OUTPUT_LINES = 50;

export interface Watched {
  applicationId: string;
  appName: string;
  image: string;
  /** The swarm's tries from before it was deployed: what became of them says nothing about the new ones. */
  knownTasks: readonly string[];
  /** When the server was asked to deploy it, in milliseconds since 1970. */
  askedAt: number;
  /** As it was seen while the deployment was followed. */
  handedOver?: FollowedDeployment["handedOver"];
}

/** What a look saw, for people and, in English, for a problem's detail. */
interface Seen {
  fact: Fact;
  detail: string;
}

/** `unknown`: the key may not ask Docker. */
export interface TaskLook extends Seen {
  is: "up" | "waiting" | "unknown";
  /** When the swarm said so, by performance.now(). */
  atMs: number;
  /** Since when these containers run alone; the time of this look where none before it saw them. */
  sinceMs: number;
}

export const NO_CONTAINER: Seen = { fact: fact("no-container"), detail: "no container yet" };
const UNSEEN: Seen = { fact: fact("docker-unseen"), detail: "its key may not ask Docker" };

function asTold(text: string): Seen {
  return { fact: verbatim(text), detail: text };
}

/** Looks again and again at one deployment's containers. What cannot change any more is asked for once. */
export class TaskWatch {
  /** Tasks whose container was seen to run the wanted image. */
  readonly #proven = new Set<string>();

  constructor(
    private readonly ctx: Pick<StackContext, "dokploy" | "signal" | "log">,
    private readonly watched: Watched,
    private readonly hasHealthCheck: boolean,
  ) {}

  /** Throws service-exited as soon as one of the new containers ended or could not be started. */
  async look(): Promise<TaskLook> {
    const { dokploy, signal } = this.ctx;
    const { appName, knownTasks } = this.watched;
    const tasks = await orIfForbidden(dokploy.listTasks(appName, signal), null);
    const atMs = performance.now();
    if (tasks === null) return { is: "unknown", ...UNSEEN, atMs, sinceMs: atMs };
    const fresh = tasks.filter(({ taskId }) => !knownTasks.includes(taskId));
    const failed = fresh.find(hasFailed);
    if (failed) throw await this.#exited(failed, tasks);
    const live = tasks.filter(isLive);
    // Every deployment makes new ones: what ran before and still does only waits for them.
    if (live.length === 0 || !live.every((task) => fresh.includes(task)))
      return { is: "waiting", ...(fresh[0] ? asTold(fresh[0].currentState) : NO_CONTAINER), atMs, sinceMs: atMs };
    const wrong = await this.#wrongWith(live);
    return wrong === null
      ? { is: "up", ...asTold(live[0]?.currentState ?? "Running"), atMs, sinceMs: this.#since(live, atMs) }
      : { is: "waiting", ...wrong, atMs, sinceMs: atMs };
  }

  #since(live: readonly DokployTask[], atMs: number): number {
    const { handedOver } = this.watched;
    const areSame = handedOver && live.every(({ taskId }) => handedOver.taskIds.includes(taskId));
    return areSame ? Math.min(atMs, performance.now() - (Date.now() - handedOver.at)) : atMs;
  }

  /** The swarm goes back to the old image by itself, and says nothing of it. */
  async #wrongWith(live: readonly DokployTask[]): Promise<Seen | null> {
    const asked = this.hasHealthCheck ? live : live.filter(({ taskId }) => !this.#proven.has(taskId));
    if (asked.length === 0) return null;
    const { appName, image } = this.watched;
    const containers = await orIfForbidden(containersOf(this.ctx, appName, asked, this.#proven, this.ctx.signal), []);
    for (const { taskId, status, runs } of containers) {
      if (runs !== undefined && !isImage(runs, image)) return oldImage(runs);
      this.#proven.add(taskId);
      if (/\((health: starting|unhealthy)\)/.test(status)) return asTold(status);
    }
    return null;
  }

  /**
   * The server shows the output of the newest container that runs. Where one does, that is the previous release's, and
   * its lines would be taken for the reason.
   */
  async #exited(task: DokployTask, tasks: readonly DokployTask[]): Promise<Problem> {
    const lines = tasks.some(isLive) ? null : await this.#linesSinceAsked();
    if (lines === null)
      this.ctx.log("what the container wrote is not shown: the server gives the output of the one that runs");
    else if (lines.length === 0) this.ctx.log("the container wrote nothing that is left");
    else this.ctx.log(`the last ${lines.length} lines that the container wrote:`);
    for (const line of lines ?? []) this.ctx.log(line, "stdout");
    const exitCode = exitCodeOf(task);
    const said = causeAmong(lines ?? []) ?? { text: task.error ?? task.currentState, line: 0 };
    return failedBy(said, "service-exited", exitCode === null ? {} : { exitCode });
  }

  /** The service's earlier containers are in it as well, so only what was written since. */
  async #linesSinceAsked(): Promise<string[]> {
    const { applicationId, askedAt } = this.watched;
    const sinceSeconds = Math.ceil((Date.now() - askedAt) / 1_000) + 1;
    const output = await this.ctx.dokploy.readOutput(
      applicationId,
      { tail: OUTPUT_LINES, sinceSeconds },
      this.ctx.signal,
    );
    return (output ?? []).flatMap(({ text }) => (text.trim() === "" ? [] : [text]));
  }
}

function oldImage(runs: string | null): Seen {
  return {
    fact: runs === null ? fact("unknown-image-runs") : fact("old-image-runs", { image: runs }),
    detail: `it still runs ${runs ?? "another image"}`,
  };
}
