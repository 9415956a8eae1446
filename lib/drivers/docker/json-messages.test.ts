import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { jsonMessages } from "./json-messages";

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
