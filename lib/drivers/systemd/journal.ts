import * as z from "zod";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { type OutputQueue, throughQueue } from "../output-queue";
import { outputPrefix } from "../runner";
import readJournal from "./journal.sh" with { type: "text" };
import { journalName, ownerOfUnit, unitExpression } from "./names";
import { succeeded } from "./programs";

/** The line of journal.sh between the newest lines and those that follow. Entries are JSON. */
const FOLLOWS = "follows";

/**
 * The output of the service's releases, in order: the newest `tail` lines, then new lines until the signal. A partial
 * line appears in the journal once it has ended.
 */
export function followJournal(place: ServicePlace, options: LogOptions): AsyncGenerator<OutputPiece> {
  const { tail, follow, since } = options;
  const args = [
    ...([
      "sh",
      "-c",
      readJournal,
      "journal",
      String(tail),
      since ? `@${Math.ceil(since.getTime() / 1_000)}` : "",
    ] as const),
    ...[follow ? "1" : "0", journalName(place), unitExpression(place)],
  ] as const;
  return throughQueue(options, async (queue, until) => {
    const entries = new Entries(place, queue);
    const result = await place.host.run(
      { args },
      {
        signal: until,
        onLine: (text, stream, goesOn) => stream === "stdout" && entries.take(text, goesOn),
        keepBytes: 4_096,
      },
    );
    succeeded(result, "journalctl");
  });
}

/** An entry may be longer than the longest piece that a host passes on. A longer one is replaced by a note. */
const LONGEST_ENTRY = 1024 * 1024;
/** How much of the end of such an entry is kept besides its beginning: its fields may come after its line. */
const ITS_END = 16 * 1024;
const LEFT_OUT = "[landfall] a line of more than 1 MiB was left out";

class Entries {
  readonly #place: ServicePlace;
  readonly #queue: OutputQueue;
  #begun = "";
  #end = "";
  #newest = 0n;
  #isOverlap = false;

  constructor(place: ServicePlace, queue: OutputQueue) {
    this.#place = place;
    this.#queue = queue;
  }

  take(text: string, goesOn: boolean): void {
    const room = LONGEST_ENTRY - this.#begun.length;
    this.#begun += text.slice(0, room);
    this.#end = (this.#end + text.slice(room)).slice(-ITS_END);
    if (goesOn) return;
    const [begun, end] = [this.#begun, this.#end];
    this.#begun = this.#end = "";
    // The new lines overlap with the newest ones: following begins a moment before those were read.
    if (begun === FOLLOWS) this.#isOverlap = true;
    const entry = entryOf(this.#place, end === "" ? begun : withoutLine(begun + end));
    if (entry === null || (this.#isOverlap && entry.at <= this.#newest)) return;
    this.#isOverlap = false;
    this.#newest = entry.at;
    this.#queue.push(entry.line, false);
  }
}

const Entry = z.object({
  /** Microseconds since 1970. */
  __REALTIME_TIMESTAMP: z.string().regex(/^\d+$/),
  /** Numbers are the bytes of a line that is not plain text. */
  MESSAGE: z.union([z.string(), z.array(z.number())]).nullish(),
  _SYSTEMD_UNIT: z.string(),
});

/** The line of a journal entry in JSON and the time it was written; null when another unit wrote it. */
export function entryOf(
  place: Pick<ServicePlace, "base" | "serviceName">,
  text: string,
): { line: string; at: bigint } | null {
  const entry = Entry.safeParse(parsed(text)).data;
  const owner = entry ? ownerOfUnit(place, entry._SYSTEMD_UNIT) : null;
  if (!entry || owner?.serviceName !== place.serviceName) return null;
  const { MESSAGE: message, __REALTIME_TIMESTAMP: at } = entry;
  const written = typeof message === "string" ? message : Buffer.from(message ?? []).toString("utf8");
  return { line: outputPrefix(owner.worker) + written, at: BigInt(at) };
}

/**
 * The entry that replaces a long one: its fields and a note. No line can pretend to be fields, since a quote within a line has
 * a backslash before it.
 */
function withoutLine(text: string): string {
  const field = (name: string) => new RegExp(`[{,]"${name}":("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
  const known = ["__REALTIME_TIMESTAMP", "_SYSTEMD_UNIT"].map((name) => `"${name}":${field(name) ?? null}`);
  return `{${known.join()},"MESSAGE":${JSON.stringify(LEFT_OUT)}}`;
}

function parsed(entry: string): unknown {
  try {
    return JSON.parse(entry);
  } catch {
    return null; // "-- Reboot --" and the like
  }
}
