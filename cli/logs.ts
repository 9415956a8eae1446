import { setTimeout as wait } from "node:timers/promises";
import { type Call, type Command, SERVICE_OPTION } from "./arguments";
import type { Console } from "./console";
import { followEvents } from "./events";
import { EXIT, type ExitCode, Failure } from "./failure";
import { serviceNameOf } from "./service-file";
import { print } from "./terminal";

const LINES = 500;
const MOST_LINES = 10_000;
/** How many printed lines are remembered, to find the place again after a lost connection. */
const REMEMBERED = 200;
/** The newest lines arrive together after a connection was opened again. */
const TOGETHER_MS = 300;
/** When no printed line is among the newest lines for this long, all of these are treated as new. */
const GIVEN_UP_MS = 3_000;

export const logsCommand: Command = {
  name: "logs",
  summary: "Print the output of the running service",
  options: {
    ...SERVICE_OPTION,
    follow: { short: "f", summary: "Print new lines until Ctrl-C" },
    tail: { short: "n", value: "count", summary: `How many of the newest lines (${LINES})` },
  },
  run: logs,
};

async function logs(call: Call): Promise<ExitCode> {
  const tail = Number(call.text("tail") ?? LINES);
  if (!Number.isInteger(tail) || tail < 0 || tail > MOST_LINES)
    throw new Failure(`--tail is a number from 0 to ${MOST_LINES}.`, EXIT.usage);
  const path = `/api/services/${await serviceNameOf(call)}/logs`;
  const console = await call.console();
  if (call.flag("follow")) return follow(console, path, tail);
  const response = await console.open(`${path}?tail=${tail}`);
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) process.stdout.write(text);
  return EXIT.done;
}

async function follow(console: Console, path: string, tail: number): Promise<ExitCode> {
  const left = new AbortController();
  process.once("SIGINT", () => left.abort());
  const printed = new Printed(print);
  let first = true;
  const next = () => {
    const asked = first ? tail : REMEMBERED * 5;
    first = false;
    return { path: `${path}?follow=1&tail=${asked}` };
  };
  const onReconnect = () => printed.resume();
  try {
    for await (const { event, data } of followEvents(console, { signal: left.signal, next, onReconnect }))
      if (event === "line") printed.add(JSON.parse(data) as string);
  } catch (error) {
    if (!left.signal.aborted) throw error;
  }
  return EXIT.done;
}

/** Prints lines once each, although a connection that is opened again begins with lines that were printed before. */
export class Printed {
  readonly #print: (line: string) => void;
  #last: string[] = [];
  /** The first lines of a new connection, until it is known which of them are new. */
  #waiting: string[] | null = null;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** What a connection brought that was lost again too early comes once more. */
  resume(): void {
    this.#waiting = [];
  }

  add(line: string): void {
    this.#waiting?.push(line);
    if (!this.#waiting) this.#put(line);
    else if (this.#waiting.length === 1) void this.#settleSoon(this.#waiting);
  }

  async #settleSoon(waiting: string[]): Promise<void> {
    await wait(TOGETHER_MS);
    if (unseen(this.#last, waiting) === waiting) await wait(GIVEN_UP_MS);
    if (waiting === this.#waiting) this.settle();
  }

  settle(): void {
    const lines = unseen(this.#last, this.#waiting ?? []);
    this.#waiting = null;
    for (const line of lines) this.#put(line);
  }

  #put(line: string): void {
    this.#print(line);
    this.#last.push(line);
    if (this.#last.length > REMEMBERED * 2) this.#last = this.#last.slice(-REMEMBERED);
  }
}

/** The lines after those that were printed last; the same list when none of them were. */
export function unseen(printed: readonly string[], lines: readonly string[]): readonly string[] {
  const last = printed.slice(-REMEMBERED);
  for (let end = lines.length; end > 0; end--) {
    const length = Math.min(end, last.length);
    if (length > 0 && last.slice(-length).every((line, index) => line === lines[end - length + index]))
      return lines.slice(end);
  }
  return lines;
}
