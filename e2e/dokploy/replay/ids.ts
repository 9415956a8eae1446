const ID_KEY = /(Id|^id|^appName|^key)$/;

/** Maps recorded ids to those of the stand-in. */
export class Ids {
  readonly #ours = new Map<string, string>();

  learn(recorded: string, ours: string): void {
    this.#ours.set(recorded, ours);
  }
  knows(recorded: string): boolean {
    return this.#ours.has(recorded);
  }
  /** `value` with every recorded id replaced with ours, at any depth and also inside text. */
  translate<T>(value: T): T {
    const text = JSON.stringify(value);
    return text === undefined ? value : JSON.parse(this.translateText(text));
  }
  translateText(text: string): string {
    return [...this.#ours].reduce((done, [recorded, ours]) => done.replaceAll(recorded, ours), text);
  }

  /** Learns new ids from two answers to the same request. */
  learnFrom(recorded: unknown, ours: unknown): void {
    if (Array.isArray(recorded) && Array.isArray(ours) && recorded.length === ours.length)
      for (const [index, one] of recorded.entries()) this.learnFrom(one, ours[index]);
    if (!isObject(recorded) || !isObject(ours)) return;
    for (const [key, value] of Object.entries(recorded)) {
      const our = ours[key];
      if (typeof value !== "string" || typeof our !== "string") this.learnFrom(value, our);
      else if (ID_KEY.test(key) && value.length > 5 && !this.knows(value)) this.learn(value, our);
    }
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
