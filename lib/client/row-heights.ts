/** Where the rows of a list lie whose rows are as tall as usual, except for those that were measured to be otherwise. */
export class RowHeights {
  readonly #usual: number;
  /** By index: how much taller than usual. */
  readonly #more = new Map<number, number>();

  constructor(usual: number) {
    this.#usual = usual;
  }

  /** Answers by how much this changes what was known of the row. */
  set(index: number, height: number): number {
    const [before, now] = [this.#more.get(index) ?? 0, height - this.#usual];
    if (now === 0) this.#more.delete(index);
    else this.#more.set(index, now);
    return now - before;
  }

  forget(): void {
    this.#more.clear();
  }

  /** From the top of the list to the top of a row; to its end for the row after the last one. */
  topOf(index: number): number {
    let top = index * this.#usual;
    for (const [at, more] of this.#more) if (at < index) top += more;
    return top;
  }

  /** The row at this distance from the top of a list of so many. */
  indexAt(top: number, count: number): number {
    let [low, high] = [0, Math.max(0, count - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.topOf(middle) <= top) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
