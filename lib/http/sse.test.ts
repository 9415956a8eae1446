import { createParser, type EventSourceMessage } from "eventsource-parser";
import { expect, test, vi } from "vitest";
import type { NumberedEvent } from "@/lib/contracts/event";
import { eventFrames } from "./event-frames";
import { sseFrame, sseResponse } from "./sse";

const line = (number: number): NumberedEvent => ({
  number,
  event: { type: "log", phase: null, firstLine: number, lines: [[0, "o", `line ${number}\nwith a break`]] },
});

async function* batches(...all: NumberedEvent[][]): AsyncGenerator<NumberedEvent[]> {
  yield* all;
}

function parse(text: string): { messages: EventSourceMessage[]; retryMs: number | undefined } {
  const messages: EventSourceMessage[] = [];
  let retryMs: number | undefined;
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onRetry: (ms) => {
      retryMs = ms;
    },
  });
  parser.feed(text);
  return { messages, retryMs };
}

test("events arrive in order with their numbers and types, then the stream ends", async () => {
  const request = new Request("http://localhost/");
  const response = sseResponse(request, () => eventFrames(batches([line(1)], [line(2), line(3)])));
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toContain("no-transform");
  const { messages, retryMs } = parse(await response.text());
  expect(retryMs).toBe(1_000);
  expect(messages.map(({ id, event }) => [id, event])).toEqual([
    ["1", "log"],
    ["2", "log"],
    ["3", "log"],
  ]);
  expect(JSON.parse(messages[2]?.data ?? "")).toEqual(line(3).event);
});

test("a silent stream says that it lives", async () => {
  vi.useFakeTimers();
  try {
    const gone = new AbortController();
    const request = new Request("http://localhost/", { signal: gone.signal });
    const response = sseResponse(request, (signal) => until(signal));
    const reader = response.body?.getReader();
    await reader?.read(); // the retry hint
    const next = reader?.read();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(new TextDecoder().decode((await next)?.value)).toBe(": keep-alive\n\n");
    gone.abort();
  } finally {
    vi.useRealTimers();
  }
});

test("a client that goes away ends what feeds it", async () => {
  const gone = new AbortController();
  let ended = false;
  const response = sseResponse(new Request("http://localhost/", { signal: gone.signal }), async function* (signal) {
    try {
      yield sseFrame({ id: 1, event: "log", data: 1 });
      yield* until(signal);
    } finally {
      ended = true;
    }
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.read();
  gone.abort();
  await vi.waitFor(() => expect(ended).toBe(true));
});

test("one event is made into bytes once, however many follow", async () => {
  const shared = line(1);
  const [first] = await Array.fromAsync(eventFrames(batches([shared])));
  const [second] = await Array.fromAsync(eventFrames(batches([shared])));
  expect(second).toBe(first);
});

/** Yields nothing, until its reader is gone. */
async function* until(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
