import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ProcessLog } from "./process-log";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that ran this long did not fail to start, so the restart delay is reset. */
const STEADY_AFTER_MS = 60_000;

export interface ProcessSpec {
  name: string;
  /** The Node.js that runs it; ours when absent. */
  runtime?: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Given through standard input, for scripts/take-secrets.mjs. */
  secrets?: Readonly<Record<string, string>> | undefined;
  logFile: string;
  /** The process ended unrequested, and is restarted after the delay. */
  onLost(how: string, delayMs: number): void;
}

/** A Node process that is restarted until it is asked to stop. */
export class SupervisedProcess {
  readonly log: ProcessLog;
  /** Shows its output in the terminal as well. */
  isHeard = false;
  #child: ChildProcess;
  #startedAt = 0;
  #delayMs = FIRST_DELAY_MS;
  #stopping = false;
  readonly #spec: ProcessSpec;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.log = new ProcessLog(spec.logFile);
    this.#child = this.#start();
  }

  /** Resolves with how the first run ended, for callers that wait for its output. */
  firstEnd(): Promise<string> {
    return ended(this.#child);
  }

  /** Asks it to end and waits; at the `hurry` signal, or after `graceMs`, it is killed. */
  async stop({ graceMs, hurry }: { graceMs: number; hurry: AbortSignal }): Promise<void> {
    this.#stopping = true;
    this.isHeard = false;
    if (hasEnded(this.#child)) return;
    const gone = ended(this.#child);
    this.#child.kill("SIGTERM");
    const patience = AbortSignal.any([hurry, AbortSignal.timeout(graceMs)]);
    const giveUp = () => this.#child.kill("SIGKILL");
    patience.addEventListener("abort", giveUp, { once: true });
    if (patience.aborted) giveUp();
    await gone;
    patience.removeEventListener("abort", giveUp);
  }

  #start(): ChildProcess {
    const { args, cwd, env, secrets, runtime = process.execPath } = this.#spec;
    this.#startedAt = performance.now();
    const child = spawn(runtime, args, {
      cwd,
      env: secrets ? { ...env, LANDFALL_SECRETS_FROM_STDIN: "1" } : env,
      stdio: [secrets ? "pipe" : "ignore", "pipe", "pipe", "ipc"],
      detached: true, // a Ctrl-C in our terminal is forwarded by us, in order
    });
    child.stdin?.on("error", () => undefined); // it exited immediately: the reason is reported below
    child.stdin?.end(JSON.stringify(secrets));
    const take = (chunk: Buffer) => {
      this.log.write(chunk);
      if (this.isHeard) process.stdout.write(chunk);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    void ended(child).then((how) => this.#startAgain(how));
    return child;
  }

  async #startAgain(how: string): Promise<void> {
    if (this.#stopping) return;
    if (performance.now() - this.#startedAt > STEADY_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#spec.onLost(how, this.#delayMs);
    await sleep(this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    if (!this.#stopping) this.#child = this.#start();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
  });
}
