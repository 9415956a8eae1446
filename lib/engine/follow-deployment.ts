import { isFinished } from "@/lib/contracts/deployment-state";
import type { NumberedEvent } from "@/lib/contracts/event";
import { retryTransient } from "@/lib/platform/db/retry-transient";
import { EventFeed, type Subscriber } from "./event-feed";
import { readEvents } from "./event-store";

/** Batches a slow reader may leave unread; then it forgets them and reads for itself. */
const MAX_UNREAD = 256;
const PATIENCE_MS = 60_000;

/**
 * Every event after a number, each once and in order, live until the deployment has ended. What is new is read once per
 * process and batch, however many follow; a follower that comes late or falls behind reads what it missed for itself.
 * The same event is the same object for every follower.
 */
export async function* followDeployment(
  deploymentId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<NumberedEvent[]> {
  const inbox = new Inbox(signal);
  const feed = EventFeed.join(deploymentId, inbox);
  try {
    await feed.ready;
    let seen = after;
    while (!signal.aborted) {
      const batch = inbox.behind ? await catchUp(deploymentId, seen, inbox) : await inbox.next();
      const fresh = batch.filter(({ number }) => number > seen);
      seen = fresh.at(-1)?.number ?? seen;
      if (fresh.length > 0) yield fresh;
      if ((batch.length === 0 || fresh.some(isLast)) && (await feed.isOver(seen))) return;
    }
  } finally {
    feed.leave(inbox);
  }
}

/** Reads what was missed. From before the read on new batches are kept, so nothing falls between the two. */
async function catchUp(deploymentId: string, seen: number, inbox: Inbox): Promise<NumberedEvent[]> {
  inbox.behind = false;
  const batch = await retryTransient(() => readEvents(deploymentId, seen), { patienceMs: PATIENCE_MS });
  inbox.behind = batch.length > 0; // then there may be more
  return batch;
}

function isLast({ event }: NumberedEvent): boolean {
  return event.type === "state" && isFinished(event.state);
}

/** What one follower has not read yet. */
class Inbox implements Subscriber {
  behind = true;
  readonly #batches: NumberedEvent[][] = [];
  readonly #signal: AbortSignal;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  put(batch: NumberedEvent[]): void {
    if (this.behind) return;
    if (this.#batches.push(batch) > MAX_UNREAD) {
      this.#batches.length = 0;
      this.behind = true;
    }
    this.#wake();
  }

  /** Empty when the signal ended the wait, or when this follower fell behind. */
  async next(): Promise<NumberedEvent[]> {
    if (this.#batches.length === 0 && !this.behind && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#batches.splice(0).flat();
  }
}
