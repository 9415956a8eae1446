/**
 * Alternative readings of a text: the same bytes with escapes resolved, or decoded from base64 or hexadecimal digits. A
 * view maps each of its bytes to the bytes of the text, so that a match in the view can be replaced in the text.
 */
export interface View {
  readonly bytes: Uint8Array;
  /** The first byte of the text that this byte came from. */
  from(at: number): number;
  /** The byte of the text after the last byte that this byte came from. */
  to(at: number): number;
}

export function viewOf(bytes: Uint8Array): View {
  return { bytes, from: (at) => at, to: (at) => at + 1 };
}

/** Values by byte; -1 for every other byte. */
function table(characters: string, toValue: (character: string, index: number) => number): Int16Array {
  const values = new Int16Array(256).fill(-1);
  for (const [index, character] of [...characters].entries())
    values[character.charCodeAt(0)] = toValue(character, index);
  return values;
}

const HEX = table("0123456789abcdefABCDEF", (digit) => Number.parseInt(digit, 16));
const OCTAL = table("01234567", (_, digit) => digit);
const SEPARATORS = table(" :-", () => 1);
const BASE64 = table(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_",
  (_, index) => (index < 64 ? index : index - 2), // base64url writes "-" and "_" for "+" and "/"
);
/** Ignored characters allowed in a run. */
const MOST_IGNORED = 2;
const LINE_ENDS = table("\r\n", () => 1);
const C_LETTERS = "abtnvfr"; // \a is 7, \b is 8, and so on
const BACKSLASH_LETTERS = table(`${C_LETTERS}eE`, (_, index) => (index < C_LETTERS.length ? 7 + index : 27));
const BACKSLASH = 0x5c;
const ESCAPE = 0x1b;
const PADDING = 0x3d;
const LONGEST_ENTITY = 10;

interface Escape {
  /** The decoded bytes; never more than `length`. */
  bytes: Iterable<number>;
  length: number;
}

/** Null where no escape begins. */
type Reader = (bytes: Uint8Array, at: number) => Escape | null;

interface Notation {
  /** The first character of every escape. */
  sign: number;
  read: Reader;
}
const notation = (sign: string, read: Reader): Notation => ({ sign: sign.charCodeAt(0), read });

const TERMINAL = notation("\x1b", terminalCode);
/** Resolved separately, because a value encoded in one notation may contain an escape of another. */
const NOTATIONS = [
  notation("%", (bytes, at) => hexEscape(bytes, at, 1, 2)),
  notation("\\", backslash),
  notation("\\", numbered),
  notation("&", entity),
  notation("'", quotedQuote),
  ...["'", '"', "$", "%"].map((sign) => notation(sign, doubled)),
];

/**
 * One view per notation that occurs in the text, with one layer of its escapes resolved: those of URLs, JSON,
 * programming languages, HTML, SQL, YAML, compose and shells.
 */
export function* unescapedViews(source: View): Generator<View> {
  for (const one of NOTATIONS) {
    const view = resolved(source, one);
    if (view) yield view;
  }
}

/** The text without terminal codes. Null when it has none. */
export function withoutTerminalCodes(source: View): View | null {
  return resolved(source, TERMINAL);
}

/** Null when nothing would change. */
function resolved(source: View, { sign, read }: Notation): View | null {
  const { bytes } = source;
  let at = bytes.indexOf(sign);
  while (at !== -1 && read(bytes, at) === null) at = bytes.indexOf(sign, at + 1);
  return at === -1 ? null : new Resolved(source, sign, read);
}

/** Never longer than its source. */
class Resolved implements View {
  readonly bytes: Uint8Array;
  readonly #source: View;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(source: View, sign: number, read: Reader) {
    const { length } = source.bytes;
    const bytes = new Uint8Array(length);
    this.#source = source;
    this.#starts = new Int32Array(length);
    this.#ends = new Int32Array(length);
    let written = 0;
    for (let at = 0, end = 0; at < length; at = end) {
      const byte = source.bytes[at] as number;
      const found = byte === sign ? read(source.bytes, at) : null;
      end = at + (found?.length ?? 1);
      for (const one of found?.bytes ?? [byte]) {
        bytes[written] = one;
        this.#starts[written] = at;
        this.#ends[written++] = end;
      }
    }
    this.bytes = bytes.subarray(0, written);
  }

  from(at: number): number {
    return this.#source.from(this.#starts[at] as number);
  }
  to(at: number): number {
    return this.#source.to((this.#ends[at] as number) - 1);
  }
}

/** `%41`, `\x41`, `\u0041`: a byte for two digits, otherwise a character. */
function hexEscape(bytes: Uint8Array, at: number, prefix: number, digits: number): Escape | null {
  const value = readDigits(bytes, at + prefix, digits, HEX, 16);
  if (value === null) return null;
  const length = prefix + digits;
  return { bytes: digits === 2 ? [value] : characterBytes(value), length };
}

function readDigits(bytes: Uint8Array, start: number, digits: number, values: Int16Array, base: number): number | null {
  let value = 0;
  for (let at = start; at < start + digits; at++) {
    const digit = at < bytes.length ? (values[bytes[at] as number] as number) : -1;
    if (digit === -1) return null;
    value = value * base + digit;
  }
  return value;
}

function characterBytes(codePoint: number): Iterable<number> {
  return codePoint <= 0x10_ffff ? Buffer.from(String.fromCodePoint(codePoint)) : [];
}

/** Two characters stand for one. */
function doubled(bytes: Uint8Array, at: number): Escape | null {
  return bytes[at + 1] === bytes[at] ? { bytes: [bytes[at] as number], length: 2 } : null;
}

/** How shells write a quote within single quotes: `'\''` or `'"'"'`. */
function quotedQuote(bytes: Uint8Array, at: number): Escape | null {
  const form = [`'\\''`, `'"'"'`].find((text) => textAt(bytes, at, text.length) === text);
  return form === undefined ? null : { bytes: [0x27], length: form.length };
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function entity(bytes: Uint8Array, at: number): Escape | null {
  const [text, name = "", hex, decimal] =
    /^&(?:(amp|lt|gt|quot|apos)|#[xX]([0-9a-fA-F]{1,6})|#(\d{1,7}));/.exec(textAt(bytes, at, LONGEST_ENTITY)) ?? [];
  if (text === undefined) return null;
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }[name];
  if (named !== undefined) return { bytes: Buffer.from(named), length: text.length };
  const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return { bytes: characterBytes(codePoint), length: text.length };
}

function backslash(bytes: Uint8Array, at: number): Escape | null {
  if (at + 1 >= bytes.length) return null;
  const letter = bytes[at + 1] as number;
  const named = BACKSLASH_LETTERS[letter] as number;
  return numbered(bytes, at) ?? { bytes: [named === -1 ? letter : named], length: 2 };
}

/** `\x41`, `\u0041`, `\U00000041`, `\101`. */
function numbered(bytes: Uint8Array, at: number): Escape | null {
  const letter = textAt(bytes, at + 1, 1);
  if (letter === "x") return hexEscape(bytes, at, 2, 2);
  if (letter === "u") return unicode(bytes, at);
  if (letter === "U") return hexEscape(bytes, at, 2, 8);
  const octal = readDigits(bytes, at + 1, 3, OCTAL, 8);
  return octal !== null && octal < 256 ? { bytes: [octal], length: 4 } : null;
}

/** `\u00e9`, a surrogate pair of two, or `\u{1f600}`. */
function unicode(bytes: Uint8Array, at: number): Escape | null {
  const high = readDigits(bytes, at + 2, 4, HEX, 16);
  if (high === null) {
    const [text, digits = ""] = /^\\u\{([0-9a-fA-F]{1,6})\}/.exec(textAt(bytes, at, LONGEST_ENTITY)) ?? [];
    return text === undefined ? null : { bytes: characterBytes(Number.parseInt(digits, 16)), length: text.length };
  }
  const low =
    high >= 0xd800 && high < 0xdc00 && textAt(bytes, at + 6, 2) === "\\u"
      ? readDigits(bytes, at + 8, 4, HEX, 16)
      : null;
  if (low === null || low < 0xdc00 || low > 0xdfff) return { bytes: characterBytes(high), length: 6 };
  return { bytes: characterBytes(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), length: 12 };
}

/** A control sequence (`ESC [ … m`) or an operating system command (`ESC ] … BEL`). */
function terminalCode(bytes: Uint8Array, at: number): Escape | null {
  const kind = bytes[at + 1];
  let end = at + 2;
  if (kind === 0x5b) {
    while (end < bytes.length && ((bytes[end] as number) < 0x40 || (bytes[end] as number) > 0x7e)) end++;
  } else if (kind === 0x5d) {
    while (end < bytes.length && bytes[end] !== 0x07 && bytes[end] !== ESCAPE) end++;
    if (bytes[end] === ESCAPE && bytes[end + 1] === BACKSLASH) end++;
  } else {
    return null;
  }
  return { bytes: [], length: Math.min(end + 1, bytes.length) - at };
}

/**
 * Decodes the base64 in a view (also base64url and wrapped lines) from each of the four offsets within a group: the
 * letters before the value may belong to other text.
 */
export function* base64Views(source: View, fewestCharacters: number): Generator<View> {
  for (const run of runs(source.bytes, BASE64, LINE_ENDS, fewestCharacters))
    for (let phase = 0; phase < 4 && phase < run.length - 1; phase++) yield new Decoded(source, run, phase, BASE64, 6);
}

/** Decodes the hexadecimal digits in a view, continuous or separated by one character, from both offsets. */
export function* hexViews(source: View, fewestDigits: number): Generator<View> {
  for (const run of runs(source.bytes, HEX, SEPARATORS, fewestDigits))
    for (let phase = 0; phase < 2; phase++) yield new Decoded(source, run, phase, HEX, 4);
}

/** Runs of an alphabet's characters, as the places of those characters. Ignored characters may be between them. */
function* runs(bytes: Uint8Array, alphabet: Int16Array, ignored: Int16Array, fewest: number): Generator<number[]> {
  let places: number[] = [];
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== undefined && alphabet[byte] !== -1) {
      places.push(at);
    } else if (byte === undefined || ignored[byte] === -1 || at - (places.at(-1) ?? at) > MOST_IGNORED) {
      if (places.length >= fewest) yield places;
      if (places.length > 0) places = [];
    }
  }
}

/** The bytes of the characters at these places from the phase on, `bits` each. The last byte takes the rest. */
class Decoded implements View {
  readonly bytes: Uint8Array;
  readonly #source: View;
  readonly #places: readonly number[];
  readonly #phase: number;
  readonly #bits: number;

  constructor(source: View, places: readonly number[], phase: number, values: Int16Array, bits: number) {
    this.#source = source;
    this.#places = places;
    this.#phase = phase;
    this.#bits = bits;
    this.bytes = new Uint8Array(Math.floor(((places.length - phase) * bits) / 8));
    let held = 0;
    let heldBits = 0;
    let length = 0;
    for (let index = phase; index < places.length; index++) {
      held = ((held << bits) | (values[source.bytes[places[index] as number] as number] as number)) & 0xffff;
      heldBits += bits;
      if (heldBits < 8) continue;
      heldBits -= 8;
      this.bytes[length++] = held >> heldBits;
    }
  }

  from(at: number): number {
    return this.#source.from(this.#places[this.#phase + Math.floor((at * 8) / this.#bits)] as number);
  }
  to(at: number): number {
    if (at < this.bytes.length - 1)
      return this.#source.to(this.#places[this.#phase + Math.ceil(((at + 1) * 8) / this.#bits) - 1] as number);
    let last = this.#places.at(-1) as number;
    while (this.#source.bytes[last + 1] === PADDING) last++;
    return this.#source.to(last);
  }
}
