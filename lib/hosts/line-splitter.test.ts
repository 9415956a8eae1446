import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { LineSplitter, PARTIAL_AFTER_MS } from "./line-splitter";

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

test("however the bytes are cut, the lines are the same", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", " "), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 6 }), (content, cuts) => {
      const bytes = Buffer.from(content);
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(split(chunks)).toEqual(
        content
          .replace(/\n$/, "")
          .split("\n")
          .slice(content === "" ? 1 : 0),
      );
    }),
  );
});

test("a line of exactly the limit is one piece, and no piece cuts a character in two", () => {
  expect(split([Buffer.from(`${"x".repeat(65_536)}\n`)]).map((line) => line.length)).toEqual([65_536]);
  const pieces = split([Buffer.from(`x${"😀".repeat(40_000)}\n`)]);
  expect(pieces.join("")).toBe(`x${"😀".repeat(40_000)}`);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});

test("a line that pauses is handed on in pieces, and no line end is counted twice", () => {
  vi.useFakeTimers();
  try {
    const pieces: [string, boolean][] = [];
    const splitter = new LineSplitter((text, goesOn) => pieces.push([text, goesOn]), { partialAfterMs: 250 });
    expect(PARTIAL_AFTER_MS).toBe(250);
    splitter.write(Buffer.from("one\nPassword: "));
    vi.advanceTimersByTime(249);
    expect(pieces).toEqual([["one", false]]);
    vi.advanceTimersByTime(1);
    expect(pieces.at(-1)).toEqual(["Password: ", true]);
    splitter.write(Buffer.from("***\r"));
    vi.advanceTimersByTime(250);
    splitter.write(Buffer.from("\n\nlast"));
    splitter.end();
    vi.advanceTimersByTime(1_000);
    expect(pieces.slice(2)).toEqual([
      ["***", true],
      ["", false],
      ["last", false],
    ]);
  } finally {
    vi.useRealTimers();
  }
});
