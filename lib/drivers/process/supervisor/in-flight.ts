/** The requests and connections that a release is busy with. */
export class InFlight {
  readonly #open = new Set<() => void>();
  #emptied: (() => void) | null = null;

  /** `cut` ends it by force; the answer says that it has ended. */
  add(cut: () => void): () => void {
    this.#open.add(cut);
    return () => {
      this.#open.delete(cut);
      if (this.#open.size === 0) this.#emptied?.();
    };
  }

  /** Resolves when the last one has ended; what is still open after `timeoutMs` is cut. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const cut of this.#open) cut();
  }
}
