import type { LogOptions, OutputPiece } from "./driver";

/** How many characters may wait for a reader that is slower than the service. */
const MAX_WAITING = 4 * 1024 * 1024;
/** The same for output that is not followed. */
const MAX_WAITING_ONCE = 64 * 1024 * 1024;
/** A line takes more than its characters. */
const PER_PIECE = 64;

/**
 * A buffer between a service that writes and a reader. Neither waits for the other: lines without room are dropped, and
 * their number is reported at their position.
 */
export class OutputQueue implements AsyncIterable<OutputPiece> {
  readonly #maxWaiting: number;
  #waiting: OutputPiece[] = [];
  #size = 0;
  #lost = 0;
  #losesLine = false;
  #end: { error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(maxWaiting = MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
  }

  push(text: string, goesOn: boolean): void {
    const size = text.length + PER_PIECE;
    // A line is kept whole or not at all: the rest of a cut line would look like a line of its own.
    if (this.#losesLine || this.#size + size > this.#maxWaiting) {
      this.#losesLine = goesOn;
      if (!goesOn) this.#lost += 1;
      return;
    }
    this.#sayLost();
    this.#add({ text, goesOn });
  }

  /** Reports lines that were lost before they could be pushed. */
  lose(lines: number): void {
    this.#lost += lines;
    this.#wake();
  }

  /** Ends the output after the waiting pieces, with this error if there is one. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputPiece> {
    for (;;) {
      if (this.#waiting.length === 0) this.#sayLost();
      const pieces = this.#waiting;
      this.#waiting = [];
      for (const piece of pieces) {
        this.#size -= piece.text.length + PER_PIECE;
        yield piece;
      }
      if (pieces.length > 0) continue;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #sayLost(): void {
    if (this.#lost > 0) this.#add(leftOut(this.#lost));
    this.#lost = 0;
  }

  #add(piece: OutputPiece): void {
    this.#waiting.push(piece);
    this.#size += piece.text.length + PER_PIECE;
    this.#wake();
  }
}

function leftOut(lines: number): OutputPiece {
  return { text: `[landfall] ${lines} ${lines === 1 ? "line was" : "lines were"} left out`, goesOn: false };
}

/** The output from `read`, until the signal or until the reader stops. */
export async function* throughQueue(
  { signal, follow }: Pick<LogOptions, "signal" | "follow">,
  read: (queue: OutputQueue, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<OutputPiece> {
  const unread = new AbortController();
  const until = AbortSignal.any([signal, unread.signal]);
  const queue = new OutputQueue(follow ? MAX_WAITING : MAX_WAITING_ONCE);
  const reading = read(queue, until).then(
    () => queue.end(),
    (error: unknown) => queue.end(until.aborted ? undefined : error),
  );
  try {
    yield* queue;
  } finally {
    unread.abort();
    await reading;
  }
}
