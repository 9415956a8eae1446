import type { Readable } from "node:stream";
import * as z from "zod";
import { LineSplitter } from "@/lib/hosts/line-splitter";

/** What the engine says while it pulls or loads: one JSON object per line. */
const EngineMessage = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.looseObject({ current: z.number().optional(), total: z.number().optional() }).optional(),
  errorDetail: z.looseObject({ message: z.string().optional(), code: z.number().optional() }).optional(),
});
export type EngineMessage = z.infer<typeof EngineMessage>;

export async function* jsonMessages(stream: Readable): AsyncGenerator<EngineMessage> {
  let ready: EngineMessage[] = [];
  const lines = new LineSplitter((line) => {
    if (line.trim() !== "") ready.push(EngineMessage.parse(JSON.parse(line)));
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    lines.write(chunk);
    yield* ready;
    ready = [];
  }
  lines.end();
  yield* ready;
}
