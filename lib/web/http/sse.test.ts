import { createParser, type EventSourceMessage } from "eventsource-parser";
import { expect, test, vi } from "vitest";
import type { NumberedEvent } from "@/lib/contracts/event";
import { eventFrames, sseFrame, sseResponse } from "./sse";
import { textStream } from "./text-stream";

vi.stubEnv("PERSON_LIMIT_STREAMS", "5");
const READER = { personId: "somebody", mayStill: async () => true };

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
  const response = sseResponse(request, READER, () => eventFrames(batches([line(1)], [line(2), line(3)])));
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
    const response = sseResponse(request, READER, (signal) => until(signal));
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
  const response = sseResponse(
    new Request("http://localhost/", { signal: gone.signal }),
    READER,
    async function* (signal) {
      try {
        yield sseFrame({ id: 1, event: "log", data: 1 });
        yield* until(signal);
      } finally {
        ended = true;
      }
    },
  );
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

/** Yields nothing until its reader disconnects. */
async function* until(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

test("a stream ends once its reader may no longer read it, and what feeds it too", async () => {
  let may = true;
  let ended = false;
  const reader = { personId: "somebody", mayStill: async () => may };
  const frames = async function* (signal: AbortSignal) {
    try {
      yield* until(signal);
    } finally {
      ended = true;
    }
  };
  const response = sseResponse(new Request("http://localhost/"), reader, frames, 5);
  const body = response.body?.getReader();
  for (const _ of [1, 2]) expect((await body?.read())?.done).toBe(false);
  may = false;
  for (let read = await body?.read(); read && !read.done; read = await body?.read());
  await vi.waitFor(() => expect(ended).toBe(true));
});

test("a download breaks off once its reader may no longer read it", async () => {
  let may = true;
  const reader = { personId: "somebody", mayStill: async () => may };
  const pieces = async function* () {
    for (;;) yield "a piece";
  };
  const response = textStream(reader, pieces(), { contentType: "text/plain", fileName: "x", recheckMs: 0 });
  const body = response.body?.getReader();
  expect(new TextDecoder().decode((await body?.read())?.value)).toBe("a piece");
  may = false;
  const rest = async () => {
    for (;;) await body?.read();
  };
  await expect(rest()).rejects.toThrow("may no longer");
});

test("one person has so many streams and no more; another has their own", async () => {
  const open = (personId: string) =>
    sseResponse(new Request("http://localhost/"), { ...READER, personId }, (signal) => until(signal));
  const mine = Array.from({ length: 5 }, () => open("me"));
  expect(() => open("me")).toThrow(expect.objectContaining({ code: "too-many-streams" }));
  mine.push(open("another"));
  await mine[0]?.body?.cancel();
  mine.push(open("me"));
  for (const response of mine.slice(1)) await response.body?.cancel();
});
