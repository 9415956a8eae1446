import { type CutShort, NOTHING_CUT } from "../../cut-short";

interface Open {
  /** Ends it by force. */
  cut: () => void;
  /** What it is by now. */
  kind: () => keyof CutShort;
}

/** The requests and connections that a release is busy with. */
export class InFlight {
  readonly #open = new Set<Open>();
  #settle: ((drained: boolean) => void) | null = null;

  /** The answer says that it has ended. */
  add(open: Open): () => void {
    this.#open.add(open);
    return () => {
      this.#open.delete(open);
      if (this.#open.size === 0) this.#settle?.(true);
    };
  }

  /** Resolves when the last one has ended; what is still open after `timeoutMs` is cut and told. Null when it was called off. */
  async drain(timeoutMs: number): Promise<CutShort | null> {
    if (this.#open.size === 0) return NOTHING_CUT;
    const drained = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs, true);
      this.#settle = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
    });
    this.#settle = null;
    return drained ? this.#cutAll() : null;
  }

  callOff(): void {
    this.#settle?.(false);
  }

  #cutAll(): CutShort {
    const cuts = { ...NOTHING_CUT };
    for (const { kind, cut } of this.#open) {
      cuts[kind()] += 1;
      cut();
    }
    return cuts;
  }
}
