import * as z from "zod";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { type OutputQueue, throughQueue } from "../output-queue";
import { journalName, ownerOfUnit, unitExpression } from "./names";
import { succeeded } from "./script";

/** No entry: those are JSON. */
const FOLLOWS = "follows";

/**
 * Arguments: how many of the newest lines, since when, 1 to follow, the service's mark, which units are its own. Any program
 * may mark its lines as the service's. Which unit wrote them is the journal's own word, so the newest lines are asked for by
 * the units: by the mark, a flood of another's would leave none of the service's among them. What follows may be of a unit
 * that is not there yet, so it is asked for by the mark, and each line is looked at.
 */
const READ = `
lines=$1 since=$2 follow=$3 mark=$4 units=$5
set -- --quiet --no-pager --all --output=json --output-fields=MESSAGE,_SYSTEMD_UNIT
now=$(date +%s.%6N)
own=$(journalctl --quiet --field=_SYSTEMD_UNIT | grep -E -- "$units" | sed 's/^/_SYSTEMD_UNIT=/')
if [ "$lines" != 0 ] && [ -n "$own" ]; then
  journalctl "$@" "--lines=$lines" \${since:+"--since=$since"} $own || exit
fi
[ "$follow" = 1 ] || exit 0
echo ${FOLLOWS}
exec journalctl "$@" --lines=all --follow "--since=@$now" "LANDFALL_SERVICE=$mark"
`;

/**
 * What the service's releases write, one after another: the newest `tail` lines, then what follows until the signal. A line
 * that pauses is in the journal once it has ended.
 */
export function followJournal(place: ServicePlace, options: LogOptions): AsyncGenerator<OutputPiece> {
  const { tail, follow, since } = options;
  const args = [
    ...(["sh", "-c", READ, "sh", String(tail), since ? `@${Math.ceil(since.getTime() / 1_000)}` : ""] as const),
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

/** An entry of a long line is longer than what a host hands on at once. Of a longer one, it is said that it was there. */
const LONGEST_ENTRY = 1024 * 1024;
/** Of such an entry, besides its beginning: what is known of it may stand behind its line. */
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
    // What follows begins a moment before the newest lines were read.
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

/** The line of a journal entry in JSON, and when it was written; null where another unit wrote it. */
export function entryOf(
  place: Pick<ServicePlace, "base" | "serviceName">,
  text: string,
): { line: string; at: bigint } | null {
  const entry = Entry.safeParse(parsed(text)).data;
  if (!entry || ownerOfUnit(place, entry._SYSTEMD_UNIT)?.serviceName !== place.serviceName) return null;
  const { MESSAGE: message, __REALTIME_TIMESTAMP: at } = entry;
  return { line: typeof message === "string" ? message : Buffer.from(message ?? []).toString("utf8"), at: BigInt(at) };
}

/**
 * What there is of a long entry, as one that says so. No line can pretend to be its fields: a quote within a line has a
 * backslash before it.
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
