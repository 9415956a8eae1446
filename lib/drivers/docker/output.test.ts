import { expect, test } from "vitest";
import { outputLines } from "./output";

function frame(type: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function linesOf(chunks: Buffer[]): Promise<string[]> {
  return (await outputLines(chunks)).map(({ text }) => text);
}

const bytes = Buffer.concat([
  frame(1, "one\ntw"),
  frame(2, "an error "),
  frame(1, "o\n日本\n"),
  frame(2, "in two parts\n"),
  frame(1, "no end"),
]);
const lines = ["one", "two", "日本", "an error in two parts", "no end"];

test("lines of both streams, in the order in which they end", async () => {
  expect(await linesOf([bytes])).toEqual(lines);
});

test("wherever the stream is cut", async () => {
  for (let size = 1; size < 24; size += 1) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    expect((await linesOf(chunks)).toSorted(), `pieces of ${size}`).toEqual(lines.toSorted());
  }
});

test("nothing is nothing", async () => {
  expect(await linesOf([])).toEqual([]);
  expect(await linesOf([Buffer.alloc(0)])).toEqual([]);
});
