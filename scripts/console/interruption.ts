/** One press of Ctrl-C can arrive several times: from the terminal, from npm, and from whoever passed it on. */
const SAME_PRESS_MS = 1_000;

export interface Interruption {
  /** Aborts when somebody wants it to end. */
  readonly signal: AbortSignal;
  /** Aborts when they ask again: do not wait for anything. */
  readonly hurry: AbortSignal;
}

export function watchInterruption(): Interruption {
  const ask = new AbortController();
  const hurry = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    const now = performance.now();
    if (!ask.signal.aborted) {
      firstAt = now;
      ask.abort();
    } else if (now - firstAt > SAME_PRESS_MS) hurry.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal: ask.signal, hurry: hurry.signal };
}

/** Resolves when the signal aborts; at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
