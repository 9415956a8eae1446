import * as z from "zod";
import { ServiceName } from "@/lib/contracts/service";
import { ownedService } from "@/lib/services/owned-service";
import { tailServiceLog } from "@/lib/services/running-service";
import { route } from "@/lib/web/http/route";
import { sseFrame, sseResponse } from "@/lib/web/http/sse";
import { textStream } from "@/lib/web/http/text-stream";

const MOST_LINES = 10_000;

export const GET = route(
  {
    summary: "The running service's own output",
    description:
      "The newest `tail` lines as plain text; with `follow=1` as events `line` that go on until the client leaves.",
    permission: "service:read",
    tool: {
      name: "read_service_log",
      description: "The newest `tail` lines, as plain text.",
      defaults: { tail: 100 },
      without: ["follow"],
    },
    params: z.object({ name: ServiceName }),
    query: z.strictObject({
      tail: z.coerce.number().int().min(0).max(MOST_LINES).default(500),
      follow: z.stringbool().default(false),
    }),
    contentType: "text/plain",
    problems: ["host-unreachable"],
  },
  async ({ actor, params: { name }, query: { tail, follow }, request, reader }) => {
    const gone = new AbortController();
    const signal = AbortSignal.any([request.signal, gone.signal]);
    const lines = await tailServiceLog(name, { tail, follow, signal }, actor);
    const follower = reader((who) => ownedService(name, who, "service:read"));
    if (!follow)
      return textStream(follower, withLineEnds(lines), {
        contentType: "text/plain; charset=utf-8",
        fileName: `${name}.log`,
      });
    return sseResponse(request, follower, (ended) => {
      ended.addEventListener("abort", () => gone.abort(), { once: true });
      return framesOf(lines);
    });
  },
);

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function* framesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield sseFrame({ event: "line", data: line });
}
