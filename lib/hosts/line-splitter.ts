import { StringDecoder } from "node:string_decoder";

const MAX_LINE = 64 * 1024;
/** How long a partial line may pause before it is passed on: a prompt, a row of dots. */
export const PARTIAL_AFTER_MS = 250;

export interface SplitOptions {
  /** A partial line is passed on when nothing follows for this long; never when absent. */
  partialAfterMs?: number;
}

/**
 * Cuts a byte stream into lines without their ends. A line over 64 KiB arrives in pieces, and so does one that pauses;
 * every piece but the last is reported as incomplete. Characters are never cut.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string, goesOn: boolean) => void;
  readonly #partialAfterMs: number | undefined;
  #rest = "";
  /** A piece of the current line was passed on. */
  #hasPiece = false;
  #pause: NodeJS.Timeout | undefined;

  constructor(onLine: (line: string, goesOn: boolean) => void, { partialAfterMs }: SplitOptions = {}) {
    this.#onLine = onLine;
    this.#partialAfterMs = partialAfterMs;
  }

  write(chunk: Buffer): void {
    clearTimeout(this.#pause);
    const text = this.#rest + this.#decoder.write(chunk);
    let from = 0;
    // Only the new part can contain a line end, and the rest may be long: the search begins where it ended.
    for (let end = text.indexOf("\n", this.#rest.length); end !== -1; end = text.indexOf("\n", from)) {
      this.#emit(text.slice(from, text[end - 1] === "\r" && end > from ? end - 1 : end));
      from = end + 1;
    }
    this.#rest = this.#cutPieces(text.slice(from));
    if (this.#rest !== "" && this.#partialAfterMs !== undefined)
      this.#pause = setTimeout(() => this.#emitPartial(), this.#partialAfterMs);
  }

  /** Emits what came after the last line end. */
  end(): void {
    clearTimeout(this.#pause);
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(line: string): void {
    const last = this.#cutPieces(line);
    // When all pieces of a line were passed on, only its end is left, which is no empty line.
    if (last !== "" || !this.#hasPiece) this.#onLine(last, false);
    this.#hasPiece = false;
  }

  #emitPartial(): void {
    // The end of a line may be cut in two itself.
    const text = this.#rest.endsWith("\r") ? this.#rest.slice(0, -1) : this.#rest;
    if (text !== "") this.#piece(text);
    this.#rest = this.#rest.slice(text.length);
  }

  #piece(text: string): void {
    this.#hasPiece = true;
    this.#onLine(text, true);
  }

  /** Emits all full pieces and returns the rest. */
  #cutPieces(text: string): string {
    let rest = text;
    while (rest.length > MAX_LINE) {
      const cut = isHighSurrogate(rest.charCodeAt(MAX_LINE - 1)) ? MAX_LINE - 1 : MAX_LINE;
      this.#piece(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    return rest;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
