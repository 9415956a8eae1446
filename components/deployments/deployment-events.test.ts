import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { NumberedEvent } from "@/lib/contracts/event";
import { openEventStream } from "./deployment-events";

/** The browser's interface: records opened connections, and simulates how the machine reports a wake-up. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly url: string) {
    super();
    FakeEventSource.opened.push(this);
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }

  say(number: number, event: NumberedEvent["event"]): void {
    const message = new MessageEvent(event.type, { data: JSON.stringify(event), lastEventId: String(number) });
    this.dispatchEvent(message);
  }
}

const AT = "2026-11-20T14:00:00.000Z";
let known: number;
let received: number[];
let connection: boolean[];
let close: () => void;
const window = new EventTarget();
const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
const newest = () => FakeEventSource.opened.at(-1) as FakeEventSource;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeEventSource);
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", document);
  FakeEventSource.opened = [];
  [known, received, connection] = [7, [], []];
  close = openEventStream({
    url: (after) => `/events?after=${after}`,
    after: () => known,
    onEvent: ({ number }) => {
      received.push(number);
      known = number;
    },
    onConnection: (isUp) => connection.push(isUp),
  });
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it follows from what is known, and events carry their number", () => {
  newest().say(8, { type: "cancelling", at: AT });
  newest().say(9, { type: "state", state: "undoing", at: AT });
  expect(newest().url).toBe("/events?after=7");
  expect(received).toEqual([8, 9]);
});

test("a short cut is the browser's to mend; where it gives up, a new connection goes on from the newest number", () => {
  newest().say(8, { type: "cancelling", at: AT });
  newest().onerror?.();
  vi.advanceTimersByTime(2_000);
  expect(FakeEventSource.opened).toHaveLength(1);
  newest().close();
  newest().onerror?.();
  vi.advanceTimersByTime(1_000);
  expect(newest().url).toBe("/events?after=8");
  newest().onopen?.();
  expect(connection).toEqual([false, false, true]);
});

test("it waits longer after each failure", () => {
  for (const waitMs of [1_000, 2_000, 4_000]) {
    const before = FakeEventSource.opened.length;
    newest().close();
    newest().onerror?.();
    vi.advanceTimersByTime(waitMs - 1);
    expect(FakeEventSource.opened).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.opened).toHaveLength(before + 1);
  }
});

test("a laptop that was closed for a minute connects again from the newest number, once", () => {
  newest().say(8, { type: "cancelling", at: AT });
  vi.setSystemTime(Date.now() + 60_000);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeEventSource.opened.map(({ url }) => url)).toEqual(["/events?after=7", "/events?after=8"]);
  expect(FakeEventSource.opened[0]?.readyState).toBe(FakeEventSource.CLOSED);
  vi.advanceTimersByTime(30_000);
  expect(FakeEventSource.opened).toHaveLength(2);
});

test("a sleep while the tab was hidden is made up for when it is looked at", () => {
  document.visibilityState = "hidden";
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(10_000);
  expect(FakeEventSource.opened).toHaveLength(1);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeEventSource.opened).toHaveLength(2);
});

test("a network that comes back is used at once, and nothing happens after the end", () => {
  window.dispatchEvent(new Event("online"));
  expect(FakeEventSource.opened).toHaveLength(2);
  close();
  window.dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60_000);
  expect(FakeEventSource.opened).toHaveLength(2);
});
