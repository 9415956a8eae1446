import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployDeployment, DokployTask } from "@/lib/drivers/dokploy/client/types";
import { Pace } from "./pace";
import type { FollowedDeployment } from "./receipts";
import type { StackContext } from "./stack-phase";
import { isLive, orIfForbidden } from "./tasks";

const MOST_TRIES = 3;
/** What is neither listed nor in the queue for so long is lost: a server that restarts forgets what waited. */
const LOST_AFTER_MS = 3_000;
/** The same where the server does not show its queue: others' jobs may be before ours. */
const LOST_UNSEEN_AFTER_MS = 120_000;
/** Since when the server keeps the title it is given; before, it gives all the same one. */
const TITLES_SINCE_MINOR = 25;
const DETAIL_LINES = 5;

export type Followed = FollowedDeployment;

export interface Deploying {
  applicationId: string;
  appName: string;
  /** Nobody else's; a number is added to it. */
  title: string;
  image: string;
  /** What an earlier attempt of this or another process kept. */
  followed: Followed | undefined;
  keep(followed: Followed): Promise<void>;
}

/**
 * Has the server deploy the application and waits for the end of it. That its answer is lost, that its process ends, or
 * that another worker goes on here makes no second deployment as long as the first can be found by its title.
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
  await keep(followed); // before it is asked for: an answer may be lost
  try {
    await ctx.dokploy.deploy(applicationId, { title: followed.title, description: ctx.deploymentId }, ctx.signal);
  } catch (error) {
    await keep({ ...followed, wasRefused: true });
    throw error;
  }
  return followed;
}

/** What was never accepted was not forgotten either. */
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
  /** Of an image that could be pulled nothing is written afterwards, and the swarm has it within a moment. */
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
      const found = await this.#look();
      if (found?.status === "done") return { is: "done", followed: this.#followed };
      if (found?.status === "error") return { is: "failed", problem: await this.#failure(found) };
      if (found?.status === "cancelled") return { is: "cancelled" };
      if (!found && (await this.#isLost())) return { is: "lost" };
      await this.#pace.wait(this.ctx.signal);
    }
  }

  /**
   * What was written so far is read together with the state; its end only where that was not in it yet. With a
   * redeployment the containers are read as well: what they are when the server is done need not be asked for afterwards.
   */
  async #look(): Promise<DokployDeployment | undefined> {
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
    this.#pace.restart(); // what is left is short
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

  /** Lines and how many of them there are go into the database together, so that none is there twice. */
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

/** After this line the server writes no more of an image that it could pull. */
function isWhole(log: string): boolean {
  return log.includes("Pulling image completed.");
}

const SAYS_NOTHING = /^Error occurred|[\u274c\u2705]/u;
const SAYS_WHY = /error|denied|invalid|not found|failed|refused|no space|timeout|unauthorized/i;

/** The line with the reason: before it are what the server did, after it that it failed. */
function causeIn(lines: readonly string[]): string | null {
  return lines.find((line) => SAYS_WHY.test(line) && !SAYS_NOTHING.test(line))?.trim() ?? null;
}

/** As `docker pull` says it. */
function digestIn(lines: readonly string[]): string | null {
  for (const line of lines) {
    const [, digest] = /^Digest: (sha256:[0-9a-f]{64})$/.exec(line.trim()) ?? [];
    if (digest) return digest;
  }
  return null;
}
