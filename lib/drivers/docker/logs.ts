import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { ServicePlace } from "../driver";
import { readServing } from "../running/serving";
import { openEngine } from "./engine";
import { unless } from "./engine-problem";
import { containerName } from "./names";
import { outputLines } from "./output-frames";

const POLL_MS = 500;

interface Options {
  tail: number;
  follow: boolean;
  signal: AbortSignal;
}

/** What the release that serves writes; when another one takes over, or it is started again, what that writes. */
export async function* followOutput(place: ServicePlace, options: Options): AsyncGenerator<string> {
  const { follow, signal } = options;
  const engine = await openEngine(place.host);
  const read = new Reading(engine, options);
  try {
    do {
      const serving = await readServing(place);
      if (serving) yield* read.from(containerName(place, serving.releaseId));
    } while (follow && (await sleep(POLL_MS, true, { signal })));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Remembers how far it has read, so that nothing comes twice. */
class Reading {
  readonly #engine: Docker;
  readonly #options: Options;
  #container: string | null = null;
  /** Of the container: when what has not been read yet began. */
  #startedAt: string | null = null;

  constructor(engine: Docker, options: Options) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Ends when the container does. */
  async *from(name: string): AsyncGenerator<string> {
    const container = this.#engine.getContainer(name);
    const found = await unless([404], container.inspect());
    // Its output up to its end was read already; a new start is a new time.
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
    yield* outputLines((await unless([404], output as Promise<AsyncIterable<Buffer> | Buffer[]>)) ?? []);
  }
}
