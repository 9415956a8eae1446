import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { jsonMessages, readFrames } from "./streams";

test("one message per line, wherever the stream is cut", async () => {
  const text = '{"status":"Pulling","id":"1"}\r\n{"errorDetail":{"message":"gone"},"error":"gone"}\n{"status":"日本"}';
  const bytes = Buffer.from(text);
  for (const size of [1, 7, 1_000]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    expect(await Array.fromAsync(jsonMessages(Readable.from(chunks)))).toEqual([
      { status: "Pulling", id: "1" },
      { errorDetail: { message: "gone" }, error: "gone" },
      { status: "日本" },
    ]);
  }
});

test("what never ends is not collected", async () => {
  const endless = function* () {
    for (;;) yield Buffer.alloc(64 * 1024, "x");
  };
  await expect(Array.fromAsync(jsonMessages(Readable.from(endless())))).rejects.toThrow("too long");
  await expect(Array.fromAsync(readFrames(endless()))).rejects.toThrow("not in frames");
});

test("a chunk of very many frames is read", async () => {
  const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 2]), Buffer.from("a\n")]);
  expect(await Array.fromAsync(readFrames([Buffer.concat(Array(50_000).fill(frame))]))).toHaveLength(50_000);
});
