import { setTimeout as sleep } from "node:timers/promises";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { MOST_TYPES, type ProcessState } from "@/lib/contracts/process-type";
import { CauseFinder, failedBy } from "../cause";
import type { PhaseContext, ReleaseContext, ServicePlace } from "../driver";
import { type Processes, type ProcessTypePlan, typesInWords } from "../plan/process-types";
import { count, duration } from "../quantity";
import { type LiveRelease, workersOf } from "../route";
import {
  processId,
  processOf,
  type ReleaseStatus,
  type Runner,
  type StoppedProcess,
  stoppedOf,
  type Worker,
  workerName,
  workerVariable,
} from "../runner";
import { ProcessTexts } from "../setting-shapes";
import { runCheck } from "./commands";

/*
 * The processes of a release without a port (docs/processes.md, decision 22). The new ones start once the process with the
 * port is healthy, beside the old ones, and are proven before the switch. The old ones end after it. Whatever fails, the
 * undo of Start removes the new ones and resumes the old ones from its receipt.
 */

const CHECK_EVERY_MS = 200;
const OUTPUT_LINES = 50;
const LEAST_GRACE_MS = 10_000;

/** Validation: which types were found, and which of them run. Nothing for a service with one process. */
export function tellProcesses(ctx: PhaseContext, found: Processes): Fact[] {
  const { types, off, unusable, heldBack = [] } = found;
  const chosen = ProcessTexts.safeParse(ctx.spec.settings).data?.processes ?? {};
  if (heldBack.some(({ type }) => Object.hasOwn(chosen, type)))
    throw new Problem("processes-held-back", { params: { types: typesInWords(heldBack) } });
  if (heldBack.length > 0) ctx.warn(new Problem("processes-held-back", { params: { types: typesInWords(heldBack) } }));
  if (types.length > 0) ctx.log(`runs besides web: ${typesInWords(types)}`);
  for (const type of off) ctx.log(`does not run ${type}: its replicas are 0`);
  for (const type of unusable) ctx.log(`does not run ${type}: its name has more than letters, digits, - and _`);
  const idle = [...off, ...unusable, ...heldBack.map(({ type }) => type)].slice(0, MOST_TYPES);
  return [
    ...(types.length > 0 ? [fact("processes", { types: typesInWords(types) })] : []),
    ...(idle.length > 0 ? [fact("processes-off", { types: idle.join(", ") })] : []),
  ];
}

/** Between TERM and KILL: a job in a worker's hands may take as long as a request. */
export function workerGraceMs({ spec }: Pick<PhaseContext, "spec">): number {
  return Math.max(LEAST_GRACE_MS, spec.health.drainMs);
}

/** The workers of the live release, for the receipt that they are resumed from. None where that release is restored itself. */
export async function workersBefore(
  ctx: PhaseContext,
  runner: Runner,
  before: LiveRelease | null,
): Promise<StoppedProcess[]> {
  if (before === null || before.releaseId === ctx.release.id) return [];
  const found = await runner.list(ctx);
  return found
    .filter(({ worker, releaseId, exited }) => worker && releaseId === before.releaseId && exited === null)
    .map(stoppedOf);
}

/** The workers of a release that is about to become live. */
export class NewWorkers {
  readonly #ctx: PhaseContext;
  readonly #runner: Runner;
  /** Those of the live release. */
  readonly #before: readonly StoppedProcess[];
  #types: readonly ProcessTypePlan[] = [];
  /** How often each had been restarted when it was first looked at: more says that it does not stay up. */
  readonly #restarts = new Map<string, number>();

  constructor(ctx: PhaseContext, runner: Runner, before: readonly StoppedProcess[]) {
    this.#ctx = ctx;
    this.#runner = runner;
    this.#before = before;
  }

  /** Starts and proves them. Safe to repeat: what runs is left as it is. */
  async start(windowMs: number): Promise<void> {
    const { types } = await this.#runner.processes(this.#ctx);
    this.#types = types;
    if (types.length === 0) return;
    await this.#stopAlone();
    const started = performance.now();
    for (const worker of this.#workers) await this.#create(worker);
    this.#ctx.log(`started ${typesInWords(types)} in ${duration(performance.now() - started)}`);
    for (const type of types) if (type.check !== null) await this.#untilChecked(type, type.check);
    await this.#stayUp(types.every(({ check }) => check !== null) ? 0 : windowMs);
  }

  /** Throws when one has ended, or was started again. */
  async check(): Promise<void> {
    if (this.#types.length === 0) return;
    const found = await this.#runner.list(this.#ctx);
    for (const worker of this.#workers) {
      const id = this.#id(worker);
      const status = found.find((one) => stoppedOf(one).id === id);
      const restarts = status?.restarts ?? 0;
      const before = this.#restarts.get(id) ?? restarts;
      this.#restarts.set(id, before);
      if (!status?.running || restarts > before) throw await this.#failed(worker, status);
    }
  }

  async keep(): Promise<void> {
    for (const worker of this.#workers) await this.#runner.keep(this.#ctx, this.#id(worker));
  }

  get #workers(): (Worker & ProcessTypePlan)[] {
    return this.#types.flatMap((type) =>
      Array.from({ length: type.replicas }, (_, index) => ({ ...type, copy: index + 1 })),
    );
  }

  #id(worker: Worker): string {
    return processId(this.#ctx.release.id, worker);
  }

  /** Of some types two releases must not run at the same time. Their old copies are back with the undo of Start. */
  async #stopAlone(): Promise<void> {
    const alone = this.#types.filter(({ handover }) => handover === "stop-first").map(({ type }) => type);
    const { signal } = this.#ctx;
    const stopped = this.#before.filter(({ id }) => alone.includes(processOf(id)?.worker?.type ?? ""));
    await Promise.all(stopped.map(({ id }) => this.#runner.stop(this.#ctx, id, workerGraceMs(this.#ctx), signal)));
  }

  async #create(worker: Worker & ProcessTypePlan): Promise<void> {
    const status = await this.#runner.status(this.#ctx, this.#id(worker));
    // A rollback to the live release: it would be created anew for this deployment.
    if (status?.running && status.isKept) return;
    if (worker.copy === 1) this.#ctx.log(`${worker.type}: $ ${worker.command}`);
    await this.#runner.createWorker(this.#ctx, worker);
  }

  async #stayUp(windowMs: number): Promise<void> {
    const end = performance.now() + windowMs;
    do {
      await this.check();
      await sleep(Math.min(CHECK_EVERY_MS, Math.max(0, end - performance.now())), undefined, {
        signal: this.#ctx.signal,
      });
    } while (performance.now() < end);
    await this.check();
    this.#ctx.log(`${count(this.#workers.length)} of them stayed up`);
  }

  /** A check that passes once is enough; until its time is over, a worker may still be starting. */
  async #untilChecked({ type }: ProcessTypePlan, check: string): Promise<void> {
    const { health } = this.#ctx.spec;
    const end = performance.now() + health.portTimeoutMs;
    for (let tries = 1; ; tries += 1) {
      await this.check();
      const leftMs = Math.max(health.requestTimeoutMs, end - performance.now());
      const answer = await runCheck(this.#ctx, this.#runner, {
        command: check,
        leftMs,
        variables: workerVariable({ type, copy: 1 }),
      });
      if (answer.passed) return void this.#ctx.log(`check of ${type} passed`);
      if (performance.now() > end)
        throw new Problem("process-check-failed", { ...answer.cause, params: { type, tries } });
      await sleep(health.intervalMs, undefined, { signal: this.#ctx.signal });
    }
  }

  /** With its last lines in the log, and what they say of it as the cause. */
  async #failed(worker: Worker, status: ReleaseStatus | undefined): Promise<Problem> {
    const name = workerName(worker);
    const lines = await this.#runner.lastOutput(this.#ctx, this.#id(worker), OUTPUT_LINES);
    const causes = new CauseFinder();
    this.#ctx.log(lines.length === 0 ? `${name} wrote nothing` : `the last ${lines.length} lines of ${name}:`);
    for (const line of lines) causes.take(line, this.#ctx.log(line, "stdout"));
    const { exitCode = null, signal = null } = status?.exited ?? { exitCode: status?.lastExitCode ?? null };
    const params = { process: name, ...(exitCode === null ? { signal: signal ?? "?" } : { exitCode }) };
    const how = exitCode === null ? "signal" : "exit";
    return failedBy(causes.found, "process-exited", { how: status?.exited ? how : "other", ...params });
  }
}

/** Ends and deletes every process of a release, the one with the port last. */
export async function removeRelease(
  ctx: ServicePlace,
  runner: Runner,
  releaseId: string,
  drainMs?: number,
): Promise<void> {
  const processes = (await runner.list(ctx)).filter((status) => status.releaseId === releaseId);
  await removeWorkers(ctx, runner, processes);
  await runner.remove(ctx, releaseId, drainMs);
}

/** Those among these processes that are workers, with TERM first: a job may be in their hands. */
export async function removeWorkers(
  place: ServicePlace,
  runner: Runner,
  processes: readonly ReleaseStatus[],
): Promise<void> {
  const removing = processes
    .filter(({ worker }) => worker)
    .map(async (status) => {
      const { id } = stoppedOf(status);
      if (status.exited === null) await runner.stop(place, id, LEAST_GRACE_MS);
      await runner.remove(place, id);
    });
  await Promise.all(removing);
}

/** Brings workers back as they were. One that runs as it should is left alone. */
export async function resumeWorkers(
  place: ServicePlace,
  runner: Runner,
  workers: readonly StoppedProcess[],
): Promise<void> {
  for (const worker of workers) {
    await runner.resume(place, worker);
    await runner.keep(place, worker.id);
  }
}

/** The actual state of every worker that should run. */
export async function workerStates(
  place: ServicePlace,
  runner: Runner,
  live: Pick<LiveRelease, "releaseId" | "processes">,
): Promise<ProcessState[]> {
  const wanted = workersOf(live);
  if (wanted.length === 0) return [];
  const found = await runner.list(place);
  return wanted.map((worker) => {
    const id = processId(live.releaseId, worker);
    return { ...worker, ...stateOf(found.find((status) => stoppedOf(status).id === id)) };
  });
}

function stateOf(status: ReleaseStatus | undefined): Omit<ProcessState, "type" | "copy"> {
  if (!status) return { state: "absent", since: null, restarts: 0, exitCode: null };
  const { running, exited, since, restarts, lastExitCode = null } = status;
  const state = running ? "running" : exited ? "down" : "restarting";
  return { state, since, restarts, exitCode: exited?.exitCode ?? (running ? null : lastExitCode) };
}

/** Starts those that the host lost. Answers whether there were any. */
export async function restoreWorkers(ctx: ReleaseContext, runner: Runner, live: LiveRelease): Promise<boolean> {
  const lost = (await workerStates(ctx, runner, live)).filter(({ state }) => state === "absent" || state === "down");
  if (lost.length === 0) return false;
  const { types } = await runner.processes(ctx);
  for (const { type, copy } of lost) {
    const plan = types.find((one) => one.type === type);
    if (!plan) continue;
    await runner.createWorker(ctx, { ...plan, copy });
    await runner.keep(ctx, processId(live.releaseId, { type, copy }));
  }
  return true;
}
