import { Automaton } from "./automaton";
import { isPlainText, isPlainWord } from "./plain-words";
import type { Secret } from "./secret";
import { base64Views, hexViews, unescapedViews, type View, viewOf, withoutTerminalCodes } from "./views";

/*
 * Secrets are masked in everything that is stored, sent or shown. The text is searched unchanged and in the forms in
 * which programs print a value (lib/platform/secrets/views.ts), two layers deep, and each form is searched for all
 * values in one pass. The work is proportional to the text for any values, and no text or value makes it fail.
 */

/** Masking shorter values would replace every "on" and "1" of a log and protect nothing. */
const SHORTEST_MASKED = 4;
const MASK = "********";
/** A longer value is searched for in pieces of this many bytes, so that parts of it are masked too. */
const PIECE_BYTES = 24;
/** A piece must have this many different bytes: a row of dashes is not part of a secret. */
const VARIED_BYTES = 6;
const LONGEST_PIECE_BYTES = 512;
/** How many bytes of a value at the edge of a text count as a truncated value. */
const CUT_BYTES = 8;
/** Nested forms: a value in JSON in base64 has two. */
const LAYERS = 2;
/** No piece is longer in any form. */
const CONTEXT_CHARACTERS = 8 * 1024;

export interface Cut {
  /** The text right before this one on the same line; it is not part of the result. */
  after?: string;
  /** The line continues in another text, so even one byte at the end may begin a value. */
  continues?: boolean;
}
/** Linear in the text; never throws. */
export type Mask = (text: string, cut?: Cut) => string;

/**
 * Masks the given values wherever they occur, except values that need no masking (lib/platform/secrets/variables.ts)
 * and plain words (lib/platform/secrets/plain-words.ts).
 */
export function createMask(secrets: Iterable<Secret>): Mask {
  const values = new Set([...secrets].filter(({ isMasked }) => isMasked).map((secret) => secret.reveal()));
  const pieces = [...new Map([...values].flatMap(piecesOf).map((piece) => [piece.toString("latin1"), piece])).values()];
  if (pieces.length === 0) return (text) => text;
  const search = new Search(pieces);
  return (text, { after = "", continues = false } = {}) => {
    const before = Buffer.from(after.slice(-CONTEXT_CHARACTERS));
    const bytes = before.length === 0 ? Buffer.from(text) : Buffer.concat([before, Buffer.from(text)]);
    const places = search.places(bytes, continues);
    return places.length === 0 ? text : replaced(bytes, places, before.length);
  };
}

/** A mask that can get more values: each is masked from the moment it was added. */
export function createGrowingMask(secrets: Iterable<Secret>): { mask: Mask; add: (secret: Secret) => void } {
  const known = [...secrets];
  let current: Mask | undefined;
  const add = (secret: Secret) => {
    if (known.some((one) => one.equals(secret) && one.isMasked === secret.isMasked)) return;
    known.push(secret);
    current = undefined;
  };
  const mask: Mask = (text, cut) => {
    current ??= createMask(known);
    return current(text, cut);
  };
  return { mask, add };
}

/** Masks the pieces of a line (lib/hosts/line-splitter.ts), including a value that spans two of them. */
export function createPieceMask(mask: Mask): (piece: string, continues: boolean) => string {
  let after = "";
  return (piece, continues) => {
    const masked = mask(piece, { after, continues });
    after = continues ? (after + piece).slice(-CONTEXT_CHARACTERS) : "";
    return masked;
  };
}

/** The first byte and the byte after the last. */
type Place = readonly [start: number, end: number];

class Search {
  readonly #pieces: Automaton;
  /** The reversed patterns, which find the end of a value at the beginning of a text. */
  readonly #backwards: Automaton;
  readonly #longest: number;
  readonly #shortest: number;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = new Automaton(pieces);
    this.#backwards = new Automaton(pieces.map((piece) => piece.toReversed()));
    this.#longest = Math.max(...pieces.map(({ length }) => length));
    this.#shortest = Math.min(CUT_BYTES, ...pieces.map(({ length }) => length));
  }

  /** In the order of discovery; they may overlap. */
  places(bytes: Uint8Array, continues: boolean): Place[] {
    const places: Place[] = [];
    const shortest = continues ? 1 : this.#shortest;
    const read = (view: View, layer: number) => {
      this.#search(view, bytes.length, continues, places);
      const plain = withoutTerminalCodes(view);
      if (plain) return read(plain, layer);
      if (layer === LAYERS) return;
      for (const next of unescapedViews(view)) read(next, layer + 1);
      for (const next of base64Views(view, Math.ceil((shortest * 4) / 3))) readDecoded(next, layer + 1);
      for (const next of hexViews(view, shortest * 2)) readDecoded(next, layer + 1);
    };
    const readDecoded = (view: View, layer: number) =>
      hasText(view.bytes) ? read(view, layer) : this.#search(view, bytes.length, continues, places);
    read(viewOf(bytes), 0);
    return places;
  }

  /** Searches one view for whole pieces, a piece truncated by the text's end, and one truncated by its beginning. */
  #search(view: View, textLength: number, continues: boolean, places: Place[]): void {
    const { bytes } = view;
    if (bytes.length === 0) return;
    const mark = (start: number, end: number) => places.push([view.from(start), view.to(end - 1)]);
    const atEnd = this.#pieces.depthOf(this.#pieces.scan(bytes, mark));
    const isEndCut = continues ? atEnd > 0 : atEnd >= CUT_BYTES && isTelling(bytes.subarray(-atEnd));
    if (isEndCut && view.to(bytes.length - 1) === textLength) mark(bytes.length - atEnd, bytes.length);
    if (view.from(0) > 0) return;
    const atStart = this.#backwards.depthOf(
      this.#backwards.scan(bytes.subarray(0, this.#longest).toReversed(), () => {}),
    );
    if (atStart >= CUT_BYTES && isTelling(bytes.subarray(0, atStart))) mark(0, atStart);
  }
}

/** Is this part of a value worth masking by itself? */
function isTelling(part: Uint8Array): boolean {
  return !isPlainText(Buffer.from(part).toString());
}

/** Bytes decoded from words that are not base64 are hardly ever ASCII for long, and need not be searched. */
function hasText(bytes: Uint8Array): boolean {
  let inARow = 0;
  for (const byte of bytes) {
    inARow = byte >= 0x20 && byte < 0x7f ? inARow + 1 : 0;
    if (inARow === CUT_BYTES) return true;
  }
  return false;
}

function replaced(bytes: Buffer, places: readonly Place[], from: number): string {
  const parts: string[] = [];
  let done = from;
  let maskedTo = -1;
  for (const [start, end] of places.toSorted(([a], [b]) => a - b)) {
    if (end <= done) continue;
    if (start > done || maskedTo !== done) parts.push(bytes.toString("utf8", done, Math.max(done, start)), MASK);
    done = end;
    maskedTo = end;
  }
  return parts.join("") + bytes.toString("utf8", done);
}

/** What is searched for: the value and each of its lines, also as forms encode them, with "+" for a space. */
function piecesOf(value: string): Buffer[] {
  const secret = value.replaceAll(/-----(BEGIN|END) [A-Z0-9 ]+-----/g, "");
  return [secret, ...secret.split(/[\r\n]+/)]
    .map((text) => text.trim())
    .filter((text) => text.length >= SHORTEST_MASKED && !isPlainWord(text))
    .flatMap((text) => (text.includes(" ") ? [text, text.replaceAll(" ", "+")] : [text]))
    .flatMap((text) => cutUp(Buffer.from(text)));
}

/** Consecutive pieces of a long value; the last piece ends with it. */
function cutUp(bytes: Buffer): Buffer[] {
  if (bytes.length <= 2 * PIECE_BYTES) return [bytes];
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const length = pieceLength(bytes.subarray(start, start + LONGEST_PIECE_BYTES));
    if (start + length >= bytes.length) pieces.push(bytes.subarray(-Math.max(length, PIECE_BYTES)));
    else pieces.push(bytes.subarray(start, start + length));
    start += length;
  }
  return pieces.filter(isTelling);
}

function pieceLength(bytes: Buffer): number {
  const different = new Set<number>();
  for (const [index, byte] of bytes.entries()) {
    different.add(byte);
    if (index + 1 >= PIECE_BYTES && different.size >= VARIED_BYTES) return index + 1;
  }
  return bytes.length;
}
