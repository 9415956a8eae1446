import type { NumberedEvent } from "@/lib/contracts/event";
import { listen } from "@/lib/platform/db/listen";
import { retryTransient } from "@/lib/platform/db/retry-transient";
import { log } from "@/lib/platform/log";
import { readEvents, readHead } from "./event-store";

/** A notification is a hint; this is how late an event can be when every hint was lost. */
const FLOOR_MS = 5_000;
const PATIENCE_MS = 60_000;

export interface Subscriber {
  put(batch: NumberedEvent[]): void;
}

const shared = globalThis as { landfallFeeds?: Map<string, EventFeed>; landfallFeedsStarted?: boolean };
const feeds = () => {
  shared.landfallFeeds ??= new Map();
  return shared.landfallFeeds;
};

/** What is new about one deployment, read once for all who follow it in this process. Lives while somebody does. */
export class EventFeed {
  readonly #deploymentId: string;
  readonly #subscribers = new Set<Subscriber>();
  #cursor = 0;
  #stale = false;
  #reading = false;
  #over: Promise<boolean> | undefined;
  /** Until then events may pass unseen: a follower reads for itself only after it. */
  readonly ready: Promise<void>;

  private constructor(deploymentId: string) {
    this.#deploymentId = deploymentId;
    this.ready = this.#open();
  }

  static join(deploymentId: string, subscriber: Subscriber): EventFeed {
    startListening();
    const feed = feeds().get(deploymentId) ?? new EventFeed(deploymentId);
    feeds().set(deploymentId, feed);
    feed.#subscribers.add(subscriber);
    return feed;
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) feeds().delete(this.#deploymentId);
  }

  /** Whether the deployment has ended and nothing follows number `seen`. Followers that ask together share one answer. */
  async isOver(seen: number): Promise<boolean> {
    this.#over ??= this.#askIfOver(seen).finally(() => {
      this.#over = undefined;
    });
    return this.#over;
  }

  /** Something new may be there. Any number of calls during a read lead to one more read. */
  wake(): void {
    this.#stale = true;
    if (!this.#reading) void this.#read();
  }

  async #open(): Promise<void> {
    const head = await retryTransient(() => readHead(this.#deploymentId), { patienceMs: PATIENCE_MS });
    this.#cursor = head?.lastEvent ?? 0;
  }

  async #askIfOver(seen: number): Promise<boolean> {
    const head = await retryTransient(() => readHead(this.#deploymentId), { patienceMs: PATIENCE_MS });
    return head === null || (head.finished && head.lastEvent <= seen);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      await this.ready;
      while (this.#stale) {
        this.#stale = false;
        await this.#deliver();
      }
    } catch (error) {
      log.warn({ err: error, deploymentId: this.#deploymentId }, "events could not be read; trying again soon");
    } finally {
      this.#reading = false;
    }
  }

  async #deliver(): Promise<void> {
    for (;;) {
      const batch = await retryTransient(() => readEvents(this.#deploymentId, this.#cursor), {
        patienceMs: PATIENCE_MS,
      });
      const last = batch.at(-1);
      if (!last) return;
      this.#cursor = last.number;
      for (const subscriber of this.#subscribers) subscriber.put(batch);
    }
  }
}

function startListening(): void {
  if (shared.landfallFeedsStarted) return;
  shared.landfallFeedsStarted = true;
  const wakeAll = () => {
    for (const feed of feeds().values()) feed.wake();
  };
  listen("landfall_event", { onNotification: (id) => feeds().get(id)?.wake(), onConnect: wakeAll });
  setInterval(wakeAll, FLOOR_MS).unref();
}
