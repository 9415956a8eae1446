import type { Progress } from "@/lib/contracts/deployment";

const WINDOW_MS = 5_000;
const SAMPLE_EVERY_MS = 100;
/** Sooner it would be a guess. */
const KNOWN_AFTER_MS = 500;

/** How fast something arrives and how long the rest will take, judged by the last seconds. */
export class TransferRate {
  readonly #nowMs: () => number;
  #samples: { atMs: number; bytes: number }[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Told whenever more has arrived; the first time also what was there before. Empty while there is too little to say. */
  after(doneBytes: number, totalBytes: number): Pick<Progress, "bytesPerSecond" | "secondsLeft"> {
    const atMs = this.#nowMs();
    const last = this.#samples.at(-1);
    // Something has to be sent once more: what was measured is another journey.
    if (last && doneBytes < last.bytes) this.#samples = [];
    if (!last || atMs - last.atMs >= SAMPLE_EVERY_MS) this.#samples.push({ atMs, bytes: doneBytes });
    this.#samples = this.#samples.filter(
      (sample, index, all) => index >= all.length - 2 || atMs - sample.atMs < WINDOW_MS,
    );
    const [first] = this.#samples;
    if (!first || atMs - first.atMs < KNOWN_AFTER_MS || doneBytes <= first.bytes) return {};
    const bytesPerSecond = Math.round(((doneBytes - first.bytes) / (atMs - first.atMs)) * 1_000);
    return { bytesPerSecond, secondsLeft: Math.ceil((totalBytes - doneBytes) / bytesPerSecond) };
  }
}
