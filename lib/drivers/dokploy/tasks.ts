import { type Fact, fact, verbatim } from "@/lib/contracts/fact";
import { formatImageReference, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import { causeAmong, failedBy } from "../cause";
import type { DokployTask } from "./client/types";
import type { DokployAccess, FollowedDeployment, StackContext } from "./context";

const OUTPUT_LINES = 50;

export interface Watched {
  applicationId: string;
  appName: string;
  image: string;
  /** The ids of tasks from before the deployment: their state says nothing about the new release. */
  knownTasks: readonly string[];
  /** When the deployment was requested, in milliseconds since 1970. */
  askedAt: number;
  /** The new tasks, as they were read while the deployment was followed. */
  handedOver?: FollowedDeployment["handedOver"];
}

/** The state of the containers, for people and, in English, for a problem's detail. */
interface Described {
  fact: Fact;
  detail: string;
}

/** `unknown`: the API key has no access to Docker. */
export interface TaskStatus extends Described {
  is: "up" | "waiting" | "unknown";
  /** When the swarm answered, by performance.now(). */
  atMs: number;
  /** Since when only these containers run; the time of this check where no earlier one saw them. */
  sinceMs: number;
}

export const NO_CONTAINER: Described = { fact: fact("no-container"), detail: "no container yet" };
const UNKNOWN: Described = { fact: fact("docker-unseen"), detail: "its key may not ask Docker" };

function described(text: string): Described {
  return { fact: verbatim(text), detail: text };
}

/** Checks the containers of one deployment repeatedly. Facts that cannot change are read once. */
export class TaskWatch {
  /** Tasks whose container is known to run the wanted image. */
  readonly #proven = new Set<string>();

  constructor(
    private readonly ctx: Pick<StackContext, "dokploy" | "signal" | "log">,
    private readonly watched: Watched,
    private readonly hasHealthCheck: boolean,
  ) {}

  /** Throws service-exited when one of the new containers ended or could not be started. */
  async check(): Promise<TaskStatus> {
    const { dokploy, signal } = this.ctx;
    const { appName, knownTasks } = this.watched;
    const tasks = await orIfForbidden(dokploy.listTasks(appName, signal), null);
    const atMs = performance.now();
    if (tasks === null) return { is: "unknown", ...UNKNOWN, atMs, sinceMs: atMs };
    const fresh = tasks.filter(({ taskId }) => !knownTasks.includes(taskId));
    const failed = fresh.find(hasFailed);
    if (failed) throw await this.#exited(failed, tasks);
    const live = tasks.filter(isLive);
    // Every deployment creates new tasks: earlier ones that still run are to be replaced.
    if (live.length === 0 || !live.every((task) => fresh.includes(task)))
      return { is: "waiting", ...(fresh[0] ? described(fresh[0].currentState) : NO_CONTAINER), atMs, sinceMs: atMs };
    const wrong = await this.#wrongWith(live);
    return wrong === null
      ? { is: "up", ...described(live[0]?.currentState ?? "Running"), atMs, sinceMs: this.#since(live, atMs) }
      : { is: "waiting", ...wrong, atMs, sinceMs: atMs };
  }

  #since(live: readonly DokployTask[], atMs: number): number {
    const { handedOver } = this.watched;
    const areSame = handedOver && live.every(({ taskId }) => handedOver.taskIds.includes(taskId));
    return areSame ? Math.min(atMs, performance.now() - (Date.now() - handedOver.at)) : atMs;
  }

  /** The swarm may return to the old image by itself without reporting it. */
  async #wrongWith(live: readonly DokployTask[]): Promise<Described | null> {
    const asked = this.hasHealthCheck ? live : live.filter(({ taskId }) => !this.#proven.has(taskId));
    if (asked.length === 0) return null;
    const { appName, image } = this.watched;
    const containers = await orIfForbidden(containersOf(this.ctx, appName, asked, this.#proven, this.ctx.signal), []);
    for (const { taskId, status, runs } of containers) {
      if (runs !== undefined && !isImage(runs, image)) return oldImage(runs);
      this.#proven.add(taskId);
      if (/\((health: starting|unhealthy)\)/.test(status)) return described(status);
    }
    return null;
  }

  /**
   * The server returns the output of the newest running container. If one runs, it is the previous release's, and its
   * lines would be mistaken for the cause.
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

  /** The output includes that of earlier containers, so only lines since the request are read. */
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

function oldImage(runs: string | null): Described {
  return {
    fact: runs === null ? fact("unknown-image-runs") : fact("old-image-runs", { image: runs }),
    detail: `it still runs ${runs ?? "another image"}`,
  };
}

/* The swarm's tasks of a service. Only keys with access to Docker can read them. */

export async function orIfForbidden<T, U>(asked: Promise<T>, instead: U): Promise<T | U> {
  return asked.catch((error: unknown) => {
    if (error instanceof Problem && error.code === "platform-forbidden") return instead;
    throw error;
  });
}

/** The task is wanted, and its container runs. */
export function isLive({ state, currentState }: DokployTask): boolean {
  return state === "running" && /^Running\b/.test(currentState);
}

/** A container that ended has failed as a service, even with exit code 0. */
export function hasFailed({ currentState }: DokployTask): boolean {
  return /^(Failed|Rejected|Complete)\b/.test(currentState);
}

/** The code in `task: non-zero exit (3)`. */
export function exitCodeOf({ error }: DokployTask): number | null {
  const [, code] = /non-zero exit \((\d+)\)/.exec(error ?? "") ?? [];
  return code === undefined ? null : Number(code);
}

/** The containers of these tasks on the server's own machine, with their images. A task on another machine has none. */
export async function containersOf(
  { dokploy }: Pick<DokployAccess, "dokploy">,
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

/** Are both references of the same image, in whatever form? A digest is compared only where one is wanted. */
export function isImage(found: string | null, wanted: string): boolean {
  const [is, should] = [parseImageReference(found ?? ""), parseImageReference(wanted)];
  if (!is || !should) return found === wanted;
  if (should.digest !== null) return is.digest === should.digest && is.repository === should.repository;
  return formatImageReference({ ...is, digest: null }) === formatImageReference(should);
}
