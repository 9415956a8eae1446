import { StringDecoder } from "node:string_decoder";

const MAX_LINE = 64 * 1024;

/** Cuts a byte stream into lines without their ends. A line over 64 KiB arrives in pieces; characters are never cut. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let from = 0;
    // Only the new part can hold a line end, but the rest may be long: look from where it ended.
    for (let end = text.indexOf("\n", this.#rest.length); end !== -1; end = text.indexOf("\n", from)) {
      this.#emit(text.slice(from, text[end - 1] === "\r" && end > from ? end - 1 : end));
      from = end + 1;
    }
    this.#rest = this.#cutPieces(text.slice(from));
  }

  /** What came after the last line end. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(line: string): void {
    const last = this.#cutPieces(line);
    if (last !== "" || line === "") this.#onLine(last);
  }

  /** Emits all full pieces and returns what is left. */
  #cutPieces(text: string): string {
    let rest = text;
    while (rest.length > MAX_LINE) {
      const cut = isHighSurrogate(rest.charCodeAt(MAX_LINE - 1)) ? MAX_LINE - 1 : MAX_LINE;
      this.#onLine(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    return rest;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
