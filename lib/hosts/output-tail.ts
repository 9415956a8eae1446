/** Keeps the newest `limit` bytes of a stream. */
export class OutputTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    let drop = 0;
    for (const oldest of this.#chunks) {
      if (this.#bytes - oldest.length < this.#limit) break;
      this.#bytes -= oldest.length;
      drop += 1;
    }
    if (drop > 0) this.#chunks.splice(0, drop);
  }

  toString(): string {
    const all = Buffer.concat(this.#chunks);
    return all.subarray(firstWholeCharacter(all, Math.max(0, all.length - this.#limit))).toString("utf8");
  }
}

/** The cut may fall inside a character: skip its continuation bytes (10xxxxxx). */
function firstWholeCharacter(bytes: Buffer, from: number): number {
  let at = from;
  while (from > 0 && at < bytes.length && at < from + 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
