import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { LineSplitter, PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import { readFrames } from "@/lib/platform/docker/streams";
import type { LogOptions, OutputPiece, ServicePlace } from "../driver";
import { readLive } from "../lifecycle/edge-or-direct";
import { type OutputQueue, throughQueue } from "../output-queue";
import { containerName } from "./names";

const POLL_MS = 500;

/** The output of the live release; it continues with the next release, and with the next start of the same one. */
export function followOutput(place: ServicePlace, options: LogOptions): AsyncGenerator<OutputPiece> {
  return throughQueue(options, async (queue, signal) => {
    const engine = await openEngine(place.host);
    const reading = new Reading(engine, { ...options, signal }, queue);
    do {
      const serving = await readLive(place);
      if (serving) await reading.of(containerName(place, serving.releaseId));
    } while (options.follow && (await sleep(POLL_MS, true, { signal })));
  });
}

/** Remembers its position, so that no line is repeated. */
class Reading {
  readonly #engine: Docker;
  readonly #options: LogOptions;
  readonly #queue: OutputQueue;
  #container: string | null = null;
  /** The start of the container whose output was read last. */
  #startedAt: string | null = null;

  constructor(engine: Docker, options: LogOptions, queue: OutputQueue) {
    this.#engine = engine;
    this.#options = options;
    this.#queue = queue;
  }

  /** Ends when the container does. */
  async of(name: string): Promise<void> {
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
    const partialAfterMs = follow ? PARTIAL_AFTER_MS : undefined;
    await readOutput(stream, (text, goesOn) => this.#queue.push(text, goesOn), { partialAfterMs });
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
