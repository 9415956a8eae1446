import type { ProbeSummary } from "@/lib/contracts/deployment";
import type { HealthCheck } from "@/lib/contracts/health-check";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { describeProbe } from "../probe";
import { askStack, type StackAnswer } from "./ask-stack";
import { stackAddress } from "./stack-address";
import type { StackContext } from "./stack-phase";

/** What most images answer, what its template says, and what any of them has. */
function pathsOf(healthPath: string): string[] {
  return [...new Set(["/health", healthPath, "/"])];
}

/** Asks a stack the way its users do. Counted from the first good answer on: before it, it is only starting. */
export class StackProbes {
  readonly #ctx: StackContext;
  readonly #address;
  #path: string | null = null;
  #sent = 0;
  #failed = 0;
  #lastGoodMs = 0;
  #longestGapMs = 0;
  #lastFailure: string | null = null;

  readonly #spec: DeploymentSpec;
  readonly #report: (summary: ProbeSummary) => void;

  constructor(ctx: StackContext, spec: DeploymentSpec, report: (summary: ProbeSummary) => void = () => {}) {
    this.#ctx = ctx;
    this.#spec = spec;
    this.#report = report;
    this.#address = stackAddress(spec, ctx.ways);
  }

  get health(): HealthCheck {
    return this.#spec.health;
  }
  get url(): string {
    return this.#address.url;
  }
  get host(): string {
    return this.#address.host;
  }
  get summary(): ProbeSummary {
    const longestGapMs = Math.round(this.#longestGapMs);
    return { sent: this.#sent, failed: this.#failed, longestGapMs, lastFailure: this.#lastFailure };
  }

  /**
   * The first path that answers well is the one that is asked from then on; the last bad answer where none does. A
   * stack may begin to answer between two paths, so those before the good one are asked again before they are given up.
   */
  async ask(): Promise<StackAnswer> {
    const paths = this.#path === null ? pathsOf(this.#spec.healthPath) : [this.#path];
    let answer = await this.#firstGood(paths);
    if (answer.ok && answer.path !== paths[0]) answer = await this.#firstGood(paths);
    if (answer.ok) this.#path = answer.path;
    this.#count(answer);
    return answer;
  }

  async #firstGood([path = "/", ...others]: readonly string[]): Promise<StackAnswer> {
    const answer = await this.#askOnce(path);
    return answer.ok || answer.status === null || others.length === 0 ? answer : this.#firstGood(others);
  }

  #askOnce(path: string): Promise<StackAnswer> {
    const { requestTimeoutMs: timeoutMs } = this.health;
    return askStack({ address: this.#address, path, timeoutMs, signal: this.#ctx.signal });
  }

  #count(answer: StackAnswer): void {
    if (this.#path === null) return;
    const now = performance.now();
    this.#sent += 1;
    if (answer.ok) {
      if (this.#sent > 1) this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastGoodMs);
      this.#lastGoodMs = now;
    } else {
      this.#failed += 1;
      this.#lastFailure = describeProbe(answer);
      this.#ctx.log(`probe ${this.#sent} of ${this.url}${answer.path} failed: ${this.#lastFailure}`);
    }
    this.#report(this.summary);
  }
}
