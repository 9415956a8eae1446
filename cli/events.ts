import { setTimeout as wait } from "node:timers/promises";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Console } from "./console";

/** An update of the console takes a few minutes at most. */
const RECONNECT_FOR_MS = 5 * 60_000;
const RECONNECT_AFTER_MS = 1_000;
/** The console sends a comment every 15 seconds: a connection that is silent for longer is lost. */
const SILENT_FOR_MS = 45_000;

interface Following {
  signal: AbortSignal;
  /** The address and headers of the next connection. */
  next(): { path: string; headers?: Record<string, string> };
  /** Called before each connection but the first. */
  onReconnect?(): void;
  silentForMs?: number;
}

/**
 * The server-sent events of an address. A lost connection is opened again; `next` says where it continues. Ends when the
 * console has no more (204) and when its reader stops.
 */
export async function* followEvents(
  console: Pick<Console, "open">,
  { signal, next, onReconnect, silentForMs = SILENT_FOR_MS }: Following,
): AsyncGenerator<EventSourceMessage> {
  for (let isFirst = true; ; isFirst = false) {
    if (!isFirst) onReconnect?.();
    const { path, headers = {} } = next();
    const response = await console.open(path, { headers, signal }, isFirst ? undefined : RECONNECT_FOR_MS);
    if (response.status === 204) return;
    yield* messagesOf(response, { signal, silentForMs });
    await wait(RECONNECT_AFTER_MS, undefined, { signal });
  }
}

/** The messages of one connection, until it ends or is lost. */
async function* messagesOf(
  response: Response,
  { signal, silentForMs }: { signal: AbortSignal; silentForMs: number },
): AsyncGenerator<EventSourceMessage> {
  const parsed: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => parsed.push(message) });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const read = await Promise.race([reader?.read(), silence(silentForMs)]).catch(() => undefined);
      signal.throwIfAborted();
      if (!read || read.done) return;
      parser.feed(read.value);
      yield* parsed.splice(0);
    }
  } finally {
    reader?.cancel().catch(() => {}); // the connection may be gone already
  }
}

/** Nothing waits for the timer of a race that was won. */
function silence(ms: number): Promise<undefined> {
  return wait(ms, undefined, { ref: false });
}
