import { type CutShort, NOTHING_CUT } from "../../cut-short";

interface Open {
  /** Ends it by force. */
  cut: () => void;
  /** The current kind of the request. */
  kind: () => keyof CutShort;
}

/** The open requests and connections of a release. */
export class InFlight {
  readonly #open = new Set<Open>();
  #settle: ((drained: boolean) => void) | null = null;

  /** Call the returned function when the request has ended. */
  add(open: Open): () => void {
    this.#open.add(open);
    return () => {
      this.#open.delete(open);
      if (this.#open.size === 0) this.#settle?.(true);
    };
  }

  /** Resolves when all have ended; after `timeoutMs` the rest is cut and counted. Null when the drain was called off. */
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
