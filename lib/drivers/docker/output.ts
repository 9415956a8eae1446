import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { LineSplitter, PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import { readFrames } from "@/lib/platform/docker/streams";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { readLive } from "../lifecycle/edge-or-direct";
import { type OutputQueue, throughQueue } from "../output-queue";
import { workersOf } from "../route";
import { outputPrefix, processId } from "../runner";
import { containerName } from "./names";

const POLL_MS = 500;

/**
 * The output of the live release's processes; it continues with the next release, and with the next start of the same one.
 * Each has the newest `tail` lines, its own.
 */
export function followOutput(place: ServicePlace, options: LogOptions): AsyncGenerator<OutputPiece> {
  return throughQueue(options, async (queue, signal) => {
    const engine = await openEngine(place.host);
    const readings = new Map<string, Reading>();
    do {
      const live = await readLive(place);
      for (const worker of live ? [undefined, ...workersOf(live)] : []) {
        const prefix = outputPrefix(worker);
        const reading = readings.get(prefix) ?? new Reading(engine, { ...options, signal }, queue, prefix);
        readings.set(prefix, reading);
        reading.begin(containerName(place, processId(live?.releaseId ?? "", worker)));
      }
      await Promise.all([...readings.values()].map((reading) => reading.end(options.follow)));
    } while (options.follow && (await sleep(POLL_MS, true, { signal })));
  });
}

/** Reads one process of the releases, one container after another. Remembers its position, so that no line is repeated. */
class Reading {
  readonly #engine: Docker;
  readonly #options: LogOptions;
  readonly #queue: OutputQueue;
  readonly #prefix: string;
  #reading: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;
  #container: string | null = null;
  /** The start of the container whose output was read last. */
  #startedAt: string | null = null;

  constructor(engine: Docker, options: LogOptions, queue: OutputQueue, prefix: string) {
    this.#engine = engine;
    this.#options = options;
    this.#queue = queue;
    this.#prefix = prefix;
  }

  /** Reads this container until it ends, unless another one is being read. */
  begin(name: string): void {
    this.#reading ??= this.#of(name)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#reading = null;
      });
  }

  /** Waits for the end of the container, or only throws why an earlier one could not be read. */
  async end(isFollowed: boolean): Promise<void> {
    if (!isFollowed) await this.#reading;
    if (this.#failure) throw this.#failure.error;
  }

  async #of(name: string): Promise<void> {
    const container = this.#engine.getContainer(name);
    const found = await unless([404], container.inspect());
    // The output of this start was read to its end already.
    if (!found || (name === this.#container && found.State.StartedAt === this.#startedAt)) return;
    const isFirst = this.#container === null;
    const isAgain = name === this.#container;
    [this.#container, this.#startedAt] = [name, found.State.StartedAt];
    const { tail, follow, signal: abortSignal } = this.#options;
    const which = { ...(isFirst && { tail }), ...(isAgain && { since: Date.parse(found.State.StartedAt) / 1_000 }) };
    const what = { stdout: true, stderr: true, abortSignal, ...which };
    const output = follow
      ? container.logs({ ...what, follow: true })
      : container.logs({ ...what, follow: false }).then((whole) => [whole]);
    const stream = (await unless([404], output as Promise<AsyncIterable<Buffer> | Buffer[]>)) ?? [];
    // A part of a worker's line would stand among the lines of other processes.
    const partialAfterMs = follow && this.#prefix === "" ? PARTIAL_AFTER_MS : undefined;
    let isBegun = false;
    const push = (text: string, goesOn: boolean) => {
      this.#queue.push(isBegun ? text : this.#prefix + text, goesOn);
      isBegun = goesOn;
    };
    await readOutput(stream, push, { partialAfterMs });
  }
}

/** Passes on a container's output line by line; a line without a line end is passed on when the stream ends. */
export async function readOutput(
  stream: AsyncIterable<Buffer> | Iterable<Buffer>,
  onPiece: (text: string, goesOn: boolean) => void,
  options: { partialAfterMs?: number } = {},
): Promise<void> {
  const splitters = { stdout: new LineSplitter(onPiece, options), stderr: new LineSplitter(onPiece, options) };
  try {
    for await (const frame of readFrames(stream)) splitters[frame.stream].write(frame.text);
  } finally {
    splitters.stdout.end();
    splitters.stderr.end();
  }
}

/** The same for a complete output. */
export async function outputLines(stream: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<OutputPiece[]> {
  const pieces: OutputPiece[] = [];
  await readOutput(stream, (text, goesOn) => pieces.push({ text, goesOn }));
  return pieces;
}
