import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exportLines } from "@/lib/hosts/command";
import { freePort } from "@/lib/hosts/free-port";
import { type CutShort, cutShortWords, NOTHING_CUT } from "../../cut-short";
import { inCage } from "./cage";
import { CommandOutput } from "./command-output";
import { InFlight } from "./in-flight";
import { type Limited, limited } from "./limits";
import { endGroup, endStrays, groupsOf, isReused, markOf, startTimeOf } from "./processes";
import { type Address, ControlFailure, type ReleaseSpec, type ReleaseStatus, type SupervisorState } from "./protocol";
import type { RotatingLog } from "./rotating-log";

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 30_000;
/** After running this long, the next restart is quick again. */
const RECOVERED_MS = 30_000;
const RECENT_LINES = 50;
const LAST_WORDS_MS = 1_000;
const STOP_GRACE_MS = 10_000;
/** Strays are ended after the process group, so they had its grace period too. */
const STRAY_GRACE_MS = 2_000;
// biome-ignore lint/style/noProcessEnv: the supervisor is a program of its own, and has nothing but what its host gives commands
const { PATH, HOME } = process.env;

/**
 * One process of a service's release: the one with the port, a worker, or one of the service's own commands. Only the live
 * release and its workers are started again when they end.
 */
export class Release {
  readonly id: string;
  readonly spec: ReleaseSpec;
  readonly inFlight = new InFlight();
  readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  /**
   * A new connection for each request, without the header `Connection: close`: with it, a service that answers before an
   * upload is complete would close the connection, and the answer would be lost.
   */
  readonly agentForOne = new Agent({ keepAlive: true, maxFreeSockets: 0 });
  address: Address | null = null;

  readonly #place: { base: string; serviceName: string };
  readonly #log: RotatingLog;
  readonly #changed: () => void;
  #state: ReleaseStatus["state"] = "starting";
  #child: ChildProcess | null = null;
  /** The start time of the newest child, even after it has ended. */
  #startTime: string | null = null;
  #limits: Limited | null = null;
  /** Control groups for its limits. */
  readonly #groups = new Set<string>();
  #since = new Date();
  #restarts = 0;
  #inARow = 0;
  #exitCode: number | null = null;
  #signal: string | null = null;
  #recent: string[] = [];
  /** Of one of the service's own commands, which has a `spec.outputFile`. */
  #output: CommandOutput | null = null;
  #serves = false;
  #restart: NodeJS.Timeout | undefined;
  #starting: Promise<void> | null = null;
  #stopped: Promise<CutShort> | null = null;
  #ending = false;

  constructor(options: {
    id: string;
    spec: ReleaseSpec;
    base: string;
    serviceName: string;
    log: RotatingLog;
    changed: () => void;
  }) {
    const { id, spec, base, serviceName, log, changed } = options;
    this.id = id;
    this.spec = spec;
    this.#place = { base, serviceName };
    this.#log = log;
    this.#changed = changed;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get isStopping(): boolean {
    return this.#stopped !== null;
  }

  /** Does it run, or will it start? */
  get isAlive(): boolean {
    return this.#state === "starting" || this.#state === "running" || this.#state === "restarting";
  }

  get recentOutput(): readonly string[] {
    return this.#recent;
  }

  status(): ReleaseStatus {
    return {
      id: this.id,
      spec: this.spec,
      state: this.#state,
      pid: this.pid,
      address: this.address,
      since: this.#since.toISOString(),
      restarts: this.#restarts,
      exitCode: this.#exitCode,
      signal: this.#signal,
      limits: this.#limits?.mechanism ?? "not-asked",
      ...this.#keptMark(),
    };
  }

  /** For the state file. See SupervisorState for the start time. */
  record(): SupervisorState["services"][number]["releases"][number] {
    const { id, spec, pid } = this;
    return { id, spec, pid, startTime: pid === null ? null : this.#startTime, ...this.#keptMark() };
  }

  /** The live release is kept too, and known by its service. */
  #keptMark(): { kept?: true } {
    return this.spec.worker !== undefined && this.#serves ? { kept: true } : {};
  }

  start(): Promise<void> {
    const starting = this.#start();
    this.#starting = starting.catch(() => {});
    return starting;
  }

  async #start(): Promise<void> {
    this.#enter("starting");
    try {
      await this.#spawn(await freePort());
    } catch (error) {
      if (!this.isStopping) this.#enter("exited");
      throw error instanceof ControlFailure ? error : new ControlFailure("cannot-start", (error as Error).message);
    }
    this.#changed();
  }

  async #spawn(port: number): Promise<void> {
    const { directory, command, environmentFile, outputFile, worker } = this.spec;
    if (outputFile !== undefined) this.#output = new CommandOutput(outputFile);
    const environment = {
      ...this.#ownEnvironment(readEnvironment(environmentFile)),
      ...markOf(this.#place, this.id),
      ...(worker === undefined ? { PORT: String(port) } : { LANDFALL_PROCESS: worker }),
    };
    // The first part of the command may run as root, where a variable of the service (LD_PRELOAD, PATH) would be executed
    // too. So the service's values come through the input, after the change to the service's user.
    const caged = inCage(this.#place, directory, ["/bin/sh", "-s", "--", command]);
    this.#limits = limited(caged, `${this.#place.serviceName}-${this.id}`, this.spec);
    const [file, ...args] = this.#limits.args;
    const child = spawn(file, args, {
      cwd: directory,
      env: { PATH } as unknown as NodeJS.ProcessEnv,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    this.#startTime = startTimeOf(child.pid as number);
    child.stdin.on("error", () => child.stdin.destroy()); // it has ended already: the exit event shows how
    child.stdin.end(`${exportLines(environment)}exec /bin/sh -c "$1" </dev/null\n`);
    this.#child = child;
    this.#keepOutput(child);
    child.once("exit", (code, signal) => void this.#ended(child, code, signal));
    if (this.isStopping) return;
    if (worker !== undefined) this.#enter("running");
    else if (!this.#output) void this.#watchPort(child, port);
  }

  /** Environment files of an earlier Landfall have root's home, which a service must not use any more. */
  #ownEnvironment(environment: Record<string, string>): Record<string, string> {
    const isRoots = process.getuid?.() === 0 && environment.HOME === HOME;
    return isRoots ? { ...environment, HOME: join(this.#place.base, this.#place.serviceName, "home") } : environment;
  }

  /** From now on it is started again when it ends. */
  serve(): void {
    this.#serves = true;
    if (this.#state === "exited") this.#scheduleRestart();
  }

  /** It keeps running, but is no longer started again. */
  standAside(): void {
    this.#serves = false;
    if (this.#state !== "restarting") return;
    clearTimeout(this.#restart);
    this.#enter("exited");
  }

  /** Drains and ends it; answers the requests that did not end in time. Safe to call twice: the second call waits for the first. */
  stop(drainMs: number, graceMs = STOP_GRACE_MS): Promise<CutShort> {
    this.#stopped ??= this.#stop(drainMs, graceMs);
    return this.#stopped;
  }

  /** Cancels a stop that is still draining. False when it is too late, or nothing runs. */
  revive(): boolean {
    if (!this.#stopped || this.#ending || !this.#child) return false;
    this.#stopped = null;
    this.#state = this.address ? "running" : "starting";
    this.inFlight.callOff();
    return true;
  }

  async #stop(drainMs: number, graceMs: number): Promise<CutShort> {
    this.#serves = false;
    clearTimeout(this.#restart);
    this.#enter("stopping");
    // A process that is just being started would outlive this.
    await this.#starting;
    const cut = await this.inFlight.drain(drainMs);
    const isRevived = this.#stopped === null;
    if (!cut || isRevived) return NOTHING_CUT;
    this.#ending = true;
    const words = cutShortWords([cut]);
    if (words) this.#note(`release ${this.id} ends after ${drainMs} ms; ${words}`);
    const { pid } = this;
    if (pid !== null) await this.#endAll(pid, graceMs);
    this.agent.destroy();
    this.agentForOne.destroy();
    this.#limits?.release();
    this.#output?.close();
    this.#output = null;
    this.#child = null;
    this.address = null;
    return cut;
  }

  /** Logs a request that it did not answer, without the query, which may contain secrets. */
  failed({ method, url = "" }: Pick<IncomingMessage, "method" | "url">, why: string): void {
    this.#note(`${method} ${url.split("?", 1)[0]}: ${why}`);
  }

  #enter(state: ReleaseStatus["state"]): void {
    this.#state = state;
    this.#since = new Date();
    if (state !== "running" && state !== "stopping") this.address = null;
  }

  #keepOutput(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      const inLog = linesOf(this.spec.worker);
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        if (this.#output) this.#output.write(chunk);
        else if (!this.#log.write(inLog(chunk), () => stream.resume())) stream.pause();
        const lines = (rest + chunk).split("\n");
        rest = (lines.pop() ?? "").slice(0, 65_536);
        this.#remember(lines);
      });
      stream?.on("end", () => {
        if (rest !== "") this.#remember([rest]);
        if (!this.#output) this.#log.write(inLog(""));
      });
    }
  }

  #remember(lines: string[]): void {
    this.#recent = [...this.#recent, ...lines.slice(-RECENT_LINES)].slice(-RECENT_LINES);
  }

  /** The release may listen on 127.0.0.1 or on ::1; the proxy must know which. */
  async #watchPort(child: ChildProcess, port: number): Promise<void> {
    const isWaited = () => this.#child === child && this.#state === "starting";
    for (let tries = 0; isWaited(); tries += 1) {
      for (const host of ["127.0.0.1", "::1"]) {
        if (!(await isOpen({ host, port }))) continue;
        if (isWaited()) this.#listens(child, { host, port });
        return;
      }
      await sleep(tries < 200 ? 10 : 100);
    }
  }

  #listens({ pid }: ChildProcess, address: Address): void {
    this.#enter("running");
    this.address = address;
    if (pid !== undefined) this.#rememberGroups(pid);
  }

  async #ended(child: ChildProcess, code: number | null, signal: string | null): Promise<void> {
    const ranMs = Date.now() - this.#since.getTime();
    // Its last output may still be in the pipe. A process it started may keep the pipe open.
    await Promise.race([once(child, "close"), sleep(LAST_WORDS_MS)]);
    if (this.#child !== child) return;
    this.#exitCode = code;
    this.#signal = signal;
    this.#child = null;
    const pid = child.pid as number;
    if (this.#ending) return; // the stop does the rest
    if (this.#stopped) return this.#endAll(pid, 1_000);
    this.#enter("exited");
    if (!this.#output) this.#note(`release ${this.id} ended by itself: ${signal ?? `exit code ${code}`}`);
    if (ranMs > RECOVERED_MS) this.#inARow = 0;
    // Processes it started may have its port or its files open, so they are ended before a restart.
    void this.#endAll(pid, 1_000).then(() => this.#scheduleRestart());
    this.#changed();
  }

  /** Ends its process group and its strays. The id of an ended process may belong to another one by now. */
  async #endAll(pid: number, graceMs: number): Promise<void> {
    if (!isReused(pid, this.#startTime)) {
      this.#rememberGroups(pid);
      await endGroup(pid, graceMs);
    }
    const groups = [...this.#groups];
    this.#groups.clear();
    const count = await endStrays(this.#place, { releaseId: this.id, groups, graceMs: STRAY_GRACE_MS });
    if (count > 0) this.#note(`ended ${count} processes that release ${this.id} had let go of`);
  }

  #rememberGroups(pid: number): void {
    if (this.spec.memoryMb === null && this.spec.cpus === null) return;
    for (const group of groupsOf(pid)) this.#groups.add(group);
  }

  #scheduleRestart(): void {
    if (!this.#serves || this.#state !== "exited") return;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#inARow);
    this.#inARow += 1;
    this.#restarts += 1;
    this.#enter("restarting");
    this.#note(`restart ${this.#restarts} in ${delayMs} ms`);
    this.#restart = setTimeout(() => {
      this.start().catch((error: Error) => {
        this.#note(`cannot start: ${error.message}`);
        this.#scheduleRestart();
      });
    }, delayMs);
  }

  #note(text: string): void {
    this.#log.write(`[landfall] ${text}\n`);
  }
}

/** A line that is longer than this is written in parts. */
const LONGEST_LINE = 65_536;

/**
 * The output as it stands in the service's log. A worker's is in whole lines, each with its name: other processes write
 * there too. An empty chunk is the end.
 */
function linesOf(worker: string | undefined): (chunk: string) => string {
  if (worker === undefined) return (chunk) => chunk;
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest !== "" && (chunk === "" || rest.length > LONGEST_LINE)) {
      lines.push(rest);
      rest = "";
    }
    return lines.map((line) => `${worker} | ${line}\n`).join("");
  };
}

function readEnvironment(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (error) {
    throw new ControlFailure("cannot-start", `environment file ${file}: ${(error as Error).message}`);
  }
}

function isOpen(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
