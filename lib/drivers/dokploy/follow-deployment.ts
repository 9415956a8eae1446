import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployDeployment, DokployTask } from "./client/types";
import type { FollowedDeployment, StackContext } from "./context";
import { Pace } from "./pace";
import { isLive, orIfForbidden } from "./tasks";

const MOST_TRIES = 3;
/** A deployment that is neither listed nor queued for so long is lost: a server that restarts drops its queue. */
const LOST_AFTER_MS = 3_000;
/** The same for versions that do not show their queue: jobs of others may be ahead in it. */
const LOST_UNSEEN_AFTER_MS = 120_000;
/** The minor version since which the server keeps the given title; older ones set the same title for all deployments. */
const TITLES_SINCE_MINOR = 25;
const DETAIL_LINES = 5;

export type Followed = FollowedDeployment;

interface Deploying {
  applicationId: string;
  appName: string;
  /** Unique to this deployment; the number of the attempt is appended. */
  title: string;
  image: string;
  /** The receipt of an earlier attempt of this or another process. */
  followed: Followed | undefined;
  keep(followed: Followed): Promise<void>;
}

/**
 * Has the server deploy the application, and waits for the end of that deployment. After a lost answer, a restart of the
 * server or a handover to another worker, the deployment is found by its title, so that no second one is started.
 */
export async function deployAndFollow(ctx: StackContext, deploying: Deploying): Promise<Followed> {
  const isTitled = (await ctx.dokploy.version(ctx.signal)).minor >= TITLES_SINCE_MINOR;
  const known = deploying.followed?.hasFailed ? undefined : deploying.followed;
  let followed = known ?? (await begin(ctx, deploying, 1));
  for (;;) {
    const end = await new Follower(ctx, deploying, followed, isTitled).untilEnd();
    if (end.is === "done") return end.followed;
    if (end.is === "failed" || followed.tries >= MOST_TRIES) {
      await deploying.keep({ ...followed, hasFailed: true });
      throw end.is === "failed" ? end.problem : lostFor(followed);
    }
    ctx.log(`the server ${end.is === "cancelled" ? "cancelled" : "forgot"} the deployment; it is asked again`);
    followed = await begin(ctx, deploying, followed.tries + 1);
  }
}

async function begin(ctx: StackContext, { applicationId, appName, title, keep }: Deploying, tries: number) {
  const [deployments, tasks] = await Promise.all([
    ctx.dokploy.listDeployments(applicationId, ctx.signal),
    orIfForbidden(ctx.dokploy.listTasks(appName, ctx.signal), []),
  ]);
  const followed: Followed = {
    title: `${title} ${tries}`,
    tries,
    known: deployments.map(({ deploymentId }) => deploymentId),
    knownTasks: tasks.map(({ taskId }) => taskId),
    copied: 0,
    digest: null,
    wasRefused: false,
    hasFailed: false,
    askedAt: Date.now(),
  };
  await keep(followed); // before the request: its answer may be lost
  try {
    await ctx.dokploy.deploy(applicationId, { title: followed.title, description: ctx.deploymentId }, ctx.signal);
  } catch (error) {
    await keep({ ...followed, wasRefused: true });
    throw error;
  }
  return followed;
}

/** A request that the server never accepted failed; an accepted one was lost. */
function lostFor({ wasRefused }: Followed): Problem {
  return wasRefused
    ? new Problem("platform-failed", { detail: `application.deploy: tried ${MOST_TRIES} times` })
    : new Problem("platform-deploy-lost", { params: { tries: MOST_TRIES } });
}

type End = { is: "done"; followed: Followed } | { is: "failed"; problem: Problem } | { is: "cancelled" | "lost" };

class Follower {
  #followed: Followed;
  readonly #pace = new Pace();
  #unseenSinceMs: number | null = null;
  #deploymentId: string | null = null;
  /** The image was pulled: the server writes no more to the log, and passes it to the swarm within a moment. */
  #isPulled = false;

  constructor(
    readonly ctx: StackContext,
    readonly deploying: Deploying,
    followed: Followed,
    readonly isTitled: boolean,
  ) {
    this.#followed = followed;
  }

  async untilEnd(): Promise<End> {
    for (;;) {
      const found = await this.#read();
      if (found?.status === "done") return { is: "done", followed: this.#followed };
      if (found?.status === "error") return { is: "failed", problem: await this.#failure(found) };
      if (found?.status === "cancelled") return { is: "cancelled" };
      if (!found && (await this.#isLost())) return { is: "lost" };
      await this.#pace.wait(this.ctx.signal);
    }
  }

  /**
   * Reads the deployment's status and its log concurrently, and the log once more where its end was missing. In a
   * redeployment the tasks are read as well, so that they are known as of when the server is done.
   */
  async #read(): Promise<DokployDeployment | undefined> {
    const [found, read, tasks] = await Promise.all([
      this.#find(),
      this.#isPulled ? null : this.#readLog(this.#deploymentId),
      this.ctx.previous ? this.#listTasks() : null,
    ]);
    if (!found) return undefined;
    this.#unseenSinceMs = null;
    this.#deploymentId = found.deploymentId;
    if (read !== null && isWhole(read)) this.#hasPulled();
    const needsEnd = found.status === "error" || (found.status !== "running" && !this.#isPulled);
    if (found.status === "done" && tasks !== null) this.#takeTasks(tasks);
    await this.#copyLog(found, needsEnd ? await this.#readLog(found.deploymentId) : read);
    return found;
  }

  #hasPulled(): void {
    this.#isPulled = true;
    this.#pace.restart(); // the rest is short
  }

  #listTasks(): Promise<DokployTask[] | null> {
    return orIfForbidden(this.ctx.dokploy.listTasks(this.deploying.appName, this.ctx.signal), null);
  }

  #takeTasks(tasks: readonly DokployTask[]): void {
    const taskIds = tasks.filter(isLive).map(({ taskId }) => taskId);
    const areNew = taskIds.length > 0 && taskIds.every((id) => !this.#followed.knownTasks.includes(id));
    if (areNew) this.#followed = { ...this.#followed, handedOver: { taskIds, at: Date.now() } };
  }

  async #find(): Promise<DokployDeployment | undefined> {
    const { title, known } = this.#followed;
    const all = await this.ctx.dokploy.listDeployments(this.deploying.applicationId, this.ctx.signal);
    return all.find((row) => !known.includes(row.deploymentId) && (!this.isTitled || row.title === title));
  }

  async #isLost(): Promise<boolean> {
    const { applicationId } = this.deploying;
    const jobs = await this.ctx.dokploy.listJobs(this.ctx.signal);
    const waits = jobs?.some((job) => job.applicationId === applicationId && job.title === this.#followed.title);
    if (waits) {
      this.#unseenSinceMs = null;
      this.ctx.progress({ facts: [fact("in-server-queue")] });
      return false;
    }
    this.#unseenSinceMs ??= performance.now();
    const limitMs = jobs === null ? LOST_UNSEEN_AFTER_MS : LOST_AFTER_MS;
    return performance.now() - this.#unseenSinceMs > limitMs;
  }

  #readLog(deploymentId: string | null): Promise<string | null> {
    if (deploymentId === null) return Promise.resolve(null);
    return this.ctx.dokploy.readDeploymentLog(deploymentId, this.ctx.signal);
  }

  /** Lines are stored together with their count, so that none is copied twice. */
  async #copyLog({ status }: DokployDeployment, text: string | null): Promise<void> {
    const hasEnded = status !== "running";
    const upTo = hasEnded ? (text ?? "").length : (text ?? "").lastIndexOf("\n") + 1;
    const { copied } = this.#followed;
    if (text === null || upTo <= copied) return;
    const lines = text
      .slice(copied, upTo)
      .split("\n")
      .filter((line) => line.trim() !== "");
    for (const line of lines) this.ctx.log(line, "stdout");
    const digest = digestIn(lines) ?? this.#followed.digest;
    this.#followed = { ...this.#followed, copied: upTo, digest };
    await this.deploying.keep(this.#followed);
  }

  async #failure({ deploymentId, errorMessage }: DokployDeployment): Promise<Problem> {
    const text = await this.ctx.dokploy.readDeploymentLog(deploymentId, this.ctx.signal);
    const lines = (text ?? "").split("\n").filter((line) => line.trim() !== "");
    const detail = errorMessage ?? causeIn(lines) ?? lines.slice(-DETAIL_LINES).join("\n");
    return new Problem("platform-deploy-failed", {
      params: { image: this.deploying.image },
      ...(detail !== "" && { detail }),
    });
  }
}

/** This line is the last of a log whose image could be pulled. */
function isWhole(log: string): boolean {
  return log.includes("Pulling image completed.");
}

const SAYS_NOTHING = /^Error occurred|[\u274c\u2705]/u;
const SAYS_WHY = /error|denied|invalid|not found|failed|refused|no space|timeout|unauthorized/i;

/** The line with the cause: earlier lines report the server's steps, later ones only that it failed. */
function causeIn(lines: readonly string[]): string | null {
  return lines.find((line) => SAYS_WHY.test(line) && !SAYS_NOTHING.test(line))?.trim() ?? null;
}

/** The digest in the output of `docker pull`. */
function digestIn(lines: readonly string[]): string | null {
  for (const line of lines) {
    const [, digest] = /^Digest: (sha256:[0-9a-f]{64})$/.exec(line.trim()) ?? [];
    if (digest) return digest;
  }
  return null;
}

type Settling = Pick<StackContext, "dokploy" | "signal" | "progress">;

/** Drops the application's queued deployments and waits for a running one, because no call stops that. */
export async function settle(ctx: Settling, applicationId: string): Promise<void> {
  try {
    await ctx.dokploy.cleanQueue(applicationId, ctx.signal);
    for (const pace = new Pace(); await isBusy(ctx, applicationId); await pace.wait(ctx.signal))
      ctx.progress({ facts: [fact("other-deployment-runs")] });
  } catch (error) {
    if (!(error instanceof Problem && error.code === "platform-gone")) throw error;
  }
}

async function isBusy({ dokploy, signal }: Settling, applicationId: string): Promise<boolean> {
  const [jobs, deployments] = await Promise.all([
    dokploy.listJobs(signal),
    dokploy.listDeployments(applicationId, signal),
  ]);
  const hasJob = jobs?.some((job) => job.applicationId === applicationId) ?? false;
  return hasJob || deployments.some(({ status }) => status === "running");
}
