/** The requests and connections that a release is busy with. */
export class InFlight {
  readonly #open = new Set<() => void>();
  #settle: ((drained: boolean) => void) | null = null;

  /** `cut` ends it by force; the answer says that it has ended. */
  add(cut: () => void): () => void {
    this.#open.add(cut);
    return () => {
      this.#open.delete(cut);
      if (this.#open.size === 0) this.#settle?.(true);
    };
  }

  /** Resolves when the last one has ended; what is still open after `timeoutMs` is cut. False when it was called off. */
  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    const drained = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs, true);
      this.#settle = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
    });
    this.#settle = null;
    if (drained) for (const cut of this.#open) cut();
    return drained;
  }

  callOff(): void {
    this.#settle?.(false);
  }
}
