import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const Exchange = z.object({
  name: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    query: z.record(z.string(), z.string()),
    body: z.unknown(),
  }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown(),
    emptyBody: z.boolean().optional(),
  }),
});
export type Exchange = z.infer<typeof Exchange>;

/** The recording of a v0.30.2 server, in order. Setup requests in between are not included. */
export function readTranscript(): Exchange[] {
  const file = join(import.meta.dirname, "../transcripts.json");
  return z.array(Exchange).parse(JSON.parse(readFileSync(file, "utf8")));
}
