import { createTranslator } from "next-intl";
import type { PhaseStatus } from "@/lib/contracts/phase";
import type { Problem } from "@/lib/contracts/problem";
import type { PipelineJournal } from "@/lib/engine/pipeline";
import messages from "@/lib/platform/i18n/messages/en.json";
import type { Mask } from "@/lib/platform/secrets/mask";
import type { UpdateKey, UpdatePhase, UpdateResult } from "@/lib/self/update";
import { dim, duration, green, liveLine, red, say } from "../screen.mjs";

const t = createTranslator({ locale: "en", messages });
/** The detail of problems with these codes is the whole sentence. */
const WHOLE = new Set(["cannot-update", "cannot-start"]);

/** Prints a line per phase, updated while it runs. Nothing is stored, because no other process can continue an update. */
export class TerminalJournal implements PipelineJournal<UpdateKey, UpdateResult> {
  cause: Problem | undefined;
  readonly undoFailures: string[] = [];
  readonly warnings: string[] = [];
  readonly #phases: ReadonlyMap<UpdateKey, UpdatePhase>;
  readonly #statuses = new Map<UpdateKey, PhaseStatus>();
  readonly #mask: Mask;
  #isUndoing = false;
  #line: ReturnType<typeof liveLine> | undefined;

  constructor(phases: readonly UpdatePhase[], mask: Mask) {
    this.#phases = new Map(phases.map((phase) => [phase.key, phase]));
    this.#mask = mask;
  }

  statusOf(key: UpdateKey): PhaseStatus {
    return this.#statuses.get(key) ?? "pending";
  }

  /** Phases have no receipts: on undo they inspect the server. */
  receiptOf(): undefined {
    return undefined;
  }

  progress(detail: string): void {
    this.#line?.report(this.#mask(detail));
  }

  async started(key: UpdateKey): Promise<void> {
    this.#statuses.set(key, "running");
    const phase = this.#phases.get(key);
    if (phase && !phase.isDialogue) this.#line = liveLine(phase.title);
  }

  finished(key: UpdateKey, result: UpdateResult): void {
    this.#statuses.set(key, result?.skipped ? "skipped" : "succeeded");
    this.#end(result?.skipped ? dim("–") : green("✓"), result?.detail ?? "");
  }

  failed(key: UpdateKey, problem: Problem): void {
    this.#statuses.set(key, "failed");
    this.#end(red("✗"), "");
    if (this.#phases.get(key)?.onFailure !== "warn") this.cause = problem;
  }

  warned(problem: Problem): void {
    this.warnings.push(this.sentence(problem));
  }

  async undoing(cause: Problem): Promise<void> {
    this.cause ??= cause;
  }

  async undone(key: UpdateKey, durationMs: number, problem?: Problem): Promise<void> {
    if (!this.#isUndoing) say(dim("Taking back what was begun"));
    this.#isUndoing = true;
    if (!problem) this.#statuses.set(key, "undone");
    else this.undoFailures.push(`${this.#titleOf(key)}: ${this.sentence(problem)}`);
    say(`${problem ? red("✗") : green("↶")} ${this.#titleOf(key).padEnd(14)} ${duration(durationMs).padStart(9)}`);
  }

  /** The error as a sentence, with the output of the program that failed. */
  sentence(problem: Problem): string {
    const said = problem.detail ?? (problem.cause instanceof Error ? problem.cause.message : undefined);
    if (WHOLE.has(problem.code)) return this.#mask(said ?? problem.code);
    const params = { command: "", ...problem.params };
    const sentence = t(`problems.${problem.code}` as "problems.internal", params);
    return this.#mask(said ? `${sentence}\n${said}` : sentence);
  }

  #titleOf(key: UpdateKey): string {
    return this.#phases.get(key)?.title ?? key;
  }

  #end(mark: string, detail: string): void {
    this.#line?.end(mark, this.#mask(detail));
    this.#line = undefined;
  }
}
