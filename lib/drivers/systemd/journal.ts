import { Readable } from "node:stream";
import type { CommandResult } from "@/lib/hosts/host";
import type { ServicePlace } from "../driver";
import { journalName } from "./names";
import { succeeded } from "./script";

/** A reader that is slower than the service loses lines, and is told how many: memory is not endless. */
const WAITING_LINES = 20_000;

/** What the service's releases write, one after another: the newest `tail` lines, then what follows until the signal. */
export async function* followJournal(
  place: ServicePlace,
  { tail, follow, signal }: { tail: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  const lines = new Readable({ objectMode: true, read() {} });
  const unread = new AbortController();
  const reading = place.host
    .run(
      {
        args: [
          ...(["journalctl", "--quiet", "--no-pager", "--output=cat", `--lines=${tail}`] as const),
          ...(follow ? ["--follow"] : []),
          `LANDFALL_SERVICE=${journalName(place)}`,
        ],
      },
      { signal: AbortSignal.any([signal, unread.signal]), onLine: lineKeeper(lines), keepBytes: 4_096 },
    )
    .then(
      (result) => endWith(lines, result),
      (error) => (signal.aborted || unread.signal.aborted ? lines.push(null) : lines.destroy(error)),
    );
  try {
    yield* lines as AsyncIterable<string>;
  } finally {
    unread.abort();
    await reading;
  }
}

function lineKeeper(lines: Readable): (line: string, stream: "stdout" | "stderr") => void {
  let lost = 0;
  return (line, stream) => {
    if (stream === "stderr") return;
    if (lines.readableLength >= WAITING_LINES) {
      lost += 1;
      return;
    }
    if (lost > 0) lines.push(`[landfall] ${lost} lines were left out`);
    lost = 0;
    lines.push(line);
  };
}

function endWith(lines: Readable, result: CommandResult): void {
  try {
    succeeded(result, "journalctl");
    lines.push(null);
  } catch (error) {
    lines.destroy(error as Error);
  }
}
