/**
 * Aho-Corasick over bytes: finds every pattern in one pass, in time proportional to the text, however many patterns
 * there are and however they overlap. Flat arrays instead of objects: a megabyte of patterns is a million nodes.
 */
export class Automaton {
  readonly #byte: Uint8Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  /** The node of the longest proper suffix that is also a prefix of a pattern. */
  readonly #fail: Int32Array;
  readonly #depth: Uint16Array;
  /** Length of the longest pattern that ends at a node; 0 for none. */
  readonly #match: Uint16Array;
  /** Children of the root, where nearly every byte of a text is looked up. */
  readonly #fromRoot = new Int32Array(256);
  #nodes = 1;

  /** Patterns of 1 to 65,535 bytes. */
  constructor(patterns: readonly Uint8Array[]) {
    const most = patterns.reduce((sum, { length }) => sum + length, 1);
    this.#byte = new Uint8Array(most);
    this.#firstChild = new Int32Array(most);
    this.#nextSibling = new Int32Array(most);
    this.#fail = new Int32Array(most);
    this.#depth = new Uint16Array(most);
    this.#match = new Uint16Array(most);
    for (const pattern of patterns) this.#insert(pattern);
    this.#link();
  }

  /** Calls `onMatch` with the start and end of the longest pattern at each position; returns the final state. */
  scan(bytes: Uint8Array, onMatch: (start: number, end: number) => void): number {
    let node = 0;
    for (let at = 0; at < bytes.length; at++) {
      node = this.#next(node, bytes[at] as number);
      const length = this.#match[node] as number;
      if (length > 0) onMatch(at + 1 - length, at + 1);
    }
    return node;
  }

  /** The number of last bytes that begin a pattern, for a state of `scan`. */
  depthOf(node: number): number {
    return this.#depth[node] as number;
  }

  #insert(pattern: Uint8Array): void {
    let node = 0;
    for (const byte of pattern) node = this.#child(node, byte) || this.#addChild(node, byte);
    this.#match[node] = pattern.length;
  }

  #addChild(parent: number, byte: number): number {
    const node = this.#nodes++;
    this.#byte[node] = byte;
    this.#depth[node] = (this.#depth[parent] as number) + 1;
    this.#nextSibling[node] = this.#firstChild[parent] as number;
    this.#firstChild[parent] = node;
    if (parent === 0) this.#fromRoot[byte] = node;
    return node;
  }

  /** 0 when there is none: the root is never a child. */
  #child(node: number, byte: number): number {
    if (node === 0) return this.#fromRoot[byte] as number;
    let child = this.#firstChild[node] as number;
    while (child !== 0 && this.#byte[child] !== byte) child = this.#nextSibling[child] as number;
    return child;
  }

  #next(from: number, byte: number): number {
    for (let node = from; ; node = this.#fail[node] as number) {
      const child = this.#child(node, byte);
      if (child !== 0 || node === 0) return child;
    }
  }

  /** Breadth first, because the suffix of a node is closer to the root than the node. */
  #link(): void {
    const queue = new Int32Array(this.#nodes);
    let queued = 1;
    for (let done = 0; done < queued; done++) {
      const parent = queue[done] as number;
      for (let node = this.#firstChild[parent] as number; node !== 0; node = this.#nextSibling[node] as number) {
        queue[queued++] = node;
        if (parent === 0) continue;
        const fail = this.#next(this.#fail[parent] as number, this.#byte[node] as number);
        this.#fail[node] = fail;
        if (this.#match[node] === 0) this.#match[node] = this.#match[fail] as number;
      }
    }
  }
}
