import type { NumberedEvent } from "@/lib/contracts/event";
import { Problem } from "@/lib/contracts/problem";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { RECHECK_MS, type Reader } from "./reader";

const RETRY_MS = 1_000;
const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");

export interface SseMessage {
  id?: number;
  event: string;
  data: unknown;
}

/** One encoded message. JSON has no line breaks, so the data is always one line. */
export function sseFrame({ id, event, data }: SseMessage): Uint8Array {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

export async function* eventFrames(batches: AsyncIterable<NumberedEvent[]>): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    yield batch.length === 1 && batch[0] ? frameOf(batch[0]) : Buffer.concat(batch.map(frameOf));
  }
}

/** All followers in this process get the same event objects, so each event is encoded once. */
const known = new WeakMap<NumberedEvent, Uint8Array>();

function frameOf(numbered: NumberedEvent): Uint8Array {
  const made = known.get(numbered);
  if (made) return made;
  const frame = sseFrame({ id: numbered.number, event: numbered.event.type, data: numbered.event });
  known.set(numbered, frame);
  return frame;
}

/** The header of a client that reconnects; anything but a number of ours is ignored. */
export function lastEventId(request: Request): number | undefined {
  const id = request.headers.get("last-event-id") ?? "";
  return /^\d{1,9}$/.test(id) ? Number(id) : undefined;
}

// Next loads a module once per route bundle, so the streams are shared through globalThis.
const shared = globalThis as { landfallStreams?: Map<AbortSignal, string> };
const streams = () => {
  shared.landfallStreams ??= new Map();
  return shared.landfallStreams;
};

/** The number of this process's clients with an open stream. */
export function openStreams(): number {
  return streams().size;
}

/**
 * Frames as text/event-stream, as fast as the client reads them: nothing is buffered for a slow one. A comment every 15
 * seconds keeps proxies from closing the connection. It ends with the frames, when the client disconnects, and when its
 * reader loses the permission. Throws `too-many-streams`.
 */
export function sseResponse(
  request: Request,
  reader: Reader,
  frames: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  recheckMs = RECHECK_MS,
): Response {
  refuseTooMany(reader);
  const ended = new AbortController();
  request.signal.addEventListener("abort", () => ended.abort(), { once: true });
  const iterator = frames(ended.signal)[Symbol.asyncIterator]();
  let keepAlive: NodeJS.Timeout | undefined;
  streams().set(ended.signal, reader.personId);
  const close = () => {
    clearInterval(keepAlive);
    streams().delete(ended.signal);
  };
  ended.signal.addEventListener("abort", close, { once: true });

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
      const look = async () => {
        if (await reader.mayStill()) {
          if (!ended.signal.aborted && (controller.desiredSize ?? 0) > 0) controller.enqueue(KEEP_ALIVE);
          return;
        }
        if (ended.signal.aborted) return;
        ended.abort();
        controller.close();
        await iterator.return?.();
      };
      keepAlive = setInterval(() => {
        look().catch((error: unknown) => log.error({ err: error }, "a stream's reader could not be checked"));
      }, recheckMs).unref();
    },
    async pull(controller) {
      const next = await iterator.next().catch(endOfFrames);
      if (ended.signal.aborted) return;
      if (!next.done) return controller.enqueue(next.value);
      close();
      controller.close();
    },
    async cancel() {
      ended.abort();
      await iterator.return?.();
    },
  });
  // no-transform keeps compression from holding frames back; the last header does the same for nginx.
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}

function refuseTooMany({ personId }: Reader): void {
  const limit = env.PERSON_LIMIT_STREAMS;
  const open = streams()
    .values()
    .filter((id) => id === personId);
  if (open.toArray().length >= limit) throw new Problem("too-many-streams", { params: { limit } });
}

/** The error is only logged. The client sees a closed connection and reconnects from its last number. */
function endOfFrames(error: unknown): { done: true; value: undefined } {
  log.error({ err: error }, "a stream of events ended early");
  return { done: true, value: undefined };
}
