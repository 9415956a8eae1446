/** The available faults. The last two concern jobs of the queue, independent of the procedure that queued them. */
export type FaultKind =
  | "500"
  | "429"
  | "502-html"
  | "200-html"
  | "slow"
  | "hang"
  | "reset"
  | "unauthorized"
  | "job-error"
  | "job-crash";

export interface Fault {
  kind: FaultKind;
  /** When absent: every procedure. */
  procedure?: string | RegExp;
  /** `after`: it took effect, and the answer is lost or replaced. Before by default. */
  when?: "before" | "after";
  /** How often; always when absent. */
  times?: number;
  retryAfterS?: number;
  /** For `slow`; 2 s when absent. */
  delayMs?: number;
  /** For `slow`, instead of a time. */
  until?: Promise<unknown>;
}
const JOB_KINDS: readonly FaultKind[] = ["job-error", "job-crash"];

export class Faults {
  #faults: { fault: Fault; left: number }[] = [];

  /** Returns a function that removes the fault. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.push(entry);
    return () => {
      this.#faults = this.#faults.filter((one) => one !== entry);
    };
  }
  /** Faults with a limited count that have not all occurred yet. */
  get waiting(): Fault[] {
    return this.#faults.filter(({ left }) => Number.isFinite(left) && left > 0).map(({ fault }) => fault);
  }
  clear(): void {
    this.#faults = [];
  }

  /** The oldest matching fault, used once. */
  take(procedure: string, when: "before" | "after"): Fault | undefined {
    return this.#use(
      ({ kind, procedure: wanted, when: given = "before" }) =>
        !JOB_KINDS.includes(kind) && given === when && fits(wanted, procedure),
    );
  }
  takeForJob(): Fault | undefined {
    return this.#use(({ kind }) => JOB_KINDS.includes(kind));
  }

  #use(isFitting: (fault: Fault) => boolean): Fault | undefined {
    const entry = this.#faults.find(({ fault, left }) => left > 0 && isFitting(fault));
    if (entry) entry.left -= 1;
    return entry?.fault;
  }
}

function fits(wanted: string | RegExp | undefined, procedure: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === procedure : wanted.test(procedure);
}
