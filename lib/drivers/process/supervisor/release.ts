import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlFailure } from "./control-failure";
import { InFlight } from "./in-flight";
import { type Limited, limited } from "./limits";
import { endGroup, startTimeOf } from "./process-group";
import type { Address, ReleaseSpec, ReleaseStatus } from "./protocol";
import type { RotatingLog } from "./rotating-log";

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 30_000;
/** One that ran this long has recovered: its next restart is quick again. */
const RECOVERED_MS = 30_000;
const RECENT_LINES = 50;
const LAST_WORDS_MS = 200;
const STOP_GRACE_MS = 10_000;

/** One release of a service and its process. Only the one that serves is started again when it dies. */
export class Release {
  readonly id: string;
  readonly spec: ReleaseSpec;
  readonly inFlight = new InFlight();
  readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  address: Address | null = null;

  readonly #name: string;
  readonly #log: RotatingLog;
  readonly #changed: () => void;
  #state: ReleaseStatus["state"] = "starting";
  #child: ChildProcess | null = null;
  #limits: Limited | null = null;
  #since = new Date();
  #restarts = 0;
  #inARow = 0;
  #exitCode: number | null = null;
  #signal: string | null = null;
  #recent: string[] = [];
  #serves = false;
  #restart: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | null = null;
  #ending = false;

  constructor(options: { id: string; spec: ReleaseSpec; serviceName: string; log: RotatingLog; changed: () => void }) {
    this.id = options.id;
    this.spec = options.spec;
    this.#name = `${options.serviceName}-${options.id}`;
    this.#log = options.log;
    this.#changed = options.changed;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get isStopping(): boolean {
    return this.#stopped !== null;
  }

  /** Does something run, or is about to? */
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
    };
  }

  /** The start time goes with the process id: see SupervisorState. */
  record(): { id: string; spec: ReleaseSpec; pid: number | null; startTime: string | null } {
    return { id: this.id, spec: this.spec, pid: this.pid, startTime: this.pid === null ? null : startTimeOf(this.pid) };
  }

  async start(): Promise<void> {
    this.#enter("starting");
    try {
      await this.#spawn(await freePort());
    } catch (error) {
      this.#enter("exited");
      throw error instanceof ControlFailure ? error : new ControlFailure("cannot-start", (error as Error).message);
    }
    this.#changed();
  }

  async #spawn(port: number): Promise<void> {
    this.#limits = limited(["/bin/sh", "-c", this.spec.command], this.#name, this.spec);
    const [file, ...args] = this.#limits.args;
    const environment: Record<string, string> = { ...readEnvironment(this.spec.environmentFile), PORT: String(port) };
    const child = spawn(file, args, {
      cwd: this.spec.directory,
      env: environment as NodeJS.ProcessEnv,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    this.#child = child;
    this.#keepOutput(child);
    child.once("exit", (code, signal) => void this.#ended(child, code, signal));
    void this.#watchPort(child, port);
  }

  /** From now on it is started again when it dies. */
  serve(): void {
    this.#serves = true;
    if (this.#state === "exited") this.#scheduleRestart();
  }

  /** It runs on, but is no longer started again. */
  standAside(): void {
    this.#serves = false;
    if (this.#state !== "restarting") return;
    clearTimeout(this.#restart);
    this.#enter("exited");
  }

  /** Lets its requests end, then ends it. Safe to call twice: the second caller waits for the first. */
  stop(drainMs: number): Promise<void> {
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  /** Takes a stop back as long as it only drains. False when it is too late, or nothing runs. */
  revive(): boolean {
    if (!this.#stopped || this.#ending || !this.#child) return false;
    this.#stopped = null;
    this.#state = this.address ? "running" : "starting";
    this.inFlight.callOff();
    return true;
  }

  async #stop(drainMs: number): Promise<void> {
    this.#serves = false;
    clearTimeout(this.#restart);
    this.#enter("stopping");
    if (!(await this.inFlight.drain(drainMs))) return;
    this.#ending = true;
    const { pid } = this;
    if (pid !== null) await endGroup(pid, STOP_GRACE_MS);
    this.agent.destroy();
    this.#limits?.release();
    this.#child = null;
  }

  #enter(state: ReleaseStatus["state"]): void {
    this.#state = state;
    this.#since = new Date();
    if (state !== "running" && state !== "stopping") this.address = null;
  }

  #keepOutput(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        if (!this.#log.write(chunk, () => stream.resume())) stream.pause();
        const lines = (rest + chunk).split("\n");
        rest = (lines.pop() ?? "").slice(0, 65_536);
        this.#remember(lines);
      });
      stream?.on("end", () => rest !== "" && this.#remember([rest]));
    }
  }

  #remember(lines: string[]): void {
    this.#recent = [...this.#recent, ...lines.slice(-RECENT_LINES)].slice(-RECENT_LINES);
  }

  /** It listens on 127.0.0.1 or on ::1, as its author chose; the proxy must know which. */
  async #watchPort(child: ChildProcess, port: number): Promise<void> {
    for (let tries = 0; this.#child === child && this.#state === "starting"; tries += 1) {
      for (const host of ["127.0.0.1", "::1"]) {
        if (!(await isOpen({ host, port }))) continue;
        if (this.#child !== child || this.#state !== "starting") return;
        this.#enter("running");
        this.address = { host, port };
        return;
      }
      await sleep(tries < 200 ? 10 : 100);
    }
  }

  async #ended(child: ChildProcess, code: number | null, signal: string | null): Promise<void> {
    const ranMs = Date.now() - this.#since.getTime();
    // Its last words are still in the pipe, unless something it started holds that open.
    await Promise.race([once(child, "close"), sleep(LAST_WORDS_MS)]);
    if (this.#child !== child) return;
    this.#exitCode = code;
    this.#signal = signal;
    this.#child = null;
    const pid = child.pid as number;
    if (this.#stopped) return endGroup(pid, 1_000);
    this.#enter("exited");
    this.#note(`release ${this.id} ended by itself: ${signal ?? `exit code ${code}`}`);
    if (ranMs > RECOVERED_MS) this.#inARow = 0;
    // What it started may hold its port or its files: it goes before the next one comes.
    void endGroup(pid, 1_000).then(() => this.#scheduleRestart());
    this.#changed();
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

function readEnvironment(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (error) {
    throw new ControlFailure("cannot-start", `environment file ${file}: ${(error as Error).message}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
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
