import { isFinished } from "@/lib/contracts/deployment-state";
import { DeploymentEvent, type LogLine, type NumberedEvent } from "@/lib/contracts/event";
import { db } from "@/lib/platform/db/client";
import { listen } from "@/lib/platform/db/listen";
import { retryTransient } from "@/lib/platform/db/transient";
import { log } from "@/lib/platform/log";
import { readFacts } from "./read-facts";

/** A slow follower with more unread batches drops them and reads from the database itself. */
const MAX_UNREAD = 256;
const PATIENCE_MS = 60_000;

/** A notification is only a hint. This is the longest delay of an event when every notification was lost. */
const FLOOR_MS = 5_000;

/** Rows per read: enough to catch up in few reads, few enough that a follower far behind does not fill the memory. */
const READ_ROWS = 200;

/**
 * Yields every event after a number, each once and in order, live until the deployment has ended. A process reads each
 * new batch once for all its followers. A follower that starts late or falls behind reads the missed events itself. All
 * followers get the same object for an event.
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

/** Reads the missed events. The inbox collects new batches from before the read, so none is lost in between. */
async function catchUp(deploymentId: string, seen: number, inbox: Inbox): Promise<NumberedEvent[]> {
  inbox.behind = false;
  const batch = await retryTransient(() => readEvents(deploymentId, seen), { patienceMs: PATIENCE_MS });
  inbox.behind = batch.length > 0; // then more rows may follow
  return batch;
}

function isLast({ event }: NumberedEvent): boolean {
  return event.type === "state" && isFinished(event.state);
}

/** The unread batches of one follower. */
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

interface Subscriber {
  put(batch: NumberedEvent[]): void;
}

const shared = globalThis as { landfallFeeds?: Map<string, EventFeed>; landfallFeedsStarted?: boolean };
const feeds = () => {
  shared.landfallFeeds ??= new Map();
  return shared.landfallFeeds;
};

/** Reads the new events of one deployment once for all followers in this process. It exists while it has followers. */
class EventFeed {
  readonly #deploymentId: string;
  readonly #subscribers = new Set<Subscriber>();
  #cursor = 0;
  #stale = false;
  #reading = false;
  #over: Promise<boolean> | undefined;
  /** Resolves once no event can be missed. A follower reads for itself only after that. */
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

  /** Has the deployment ended, without an event after number `seen`? Concurrent calls share one query. */
  async isOver(seen: number): Promise<boolean> {
    this.#over ??= this.#askIfOver(seen).finally(() => {
      this.#over = undefined;
    });
    return this.#over;
  }

  /** New events may exist. Any number of calls during a read lead to one more read. */
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

/** The next events after a number, in order: facts and log chunks share one sequence of numbers. */
export async function readEvents(deploymentId: string, after: number): Promise<NumberedEvent[]> {
  const rows = await db.$queryRaw<Row[]>`
    (SELECT number, data, NULL AS phase, NULL::int AS first_line, NULL::jsonb AS lines FROM event
      WHERE deployment_id = ${deploymentId}::uuid AND number > ${after} ORDER BY number LIMIT ${READ_ROWS})
    UNION ALL
    (SELECT number, NULL, phase, first_line, lines FROM log_chunk
      WHERE deployment_id = ${deploymentId}::uuid AND number > ${after} ORDER BY number LIMIT ${READ_ROWS})
    ORDER BY number LIMIT ${READ_ROWS}`;
  return Promise.all(rows.map(toEvent));
}

interface Row {
  number: number;
  data: unknown;
  phase: string | null;
  first_line: number | null;
  lines: LogLine[] | null;
}

async function toEvent(row: Row): Promise<NumberedEvent> {
  if (row.lines === null) return { number: row.number, event: await withText(DeploymentEvent.parse(row.data)) };
  const event = {
    type: "log",
    phase: row.phase,
    firstLine: row.first_line,
    lines: row.lines,
  } as NumberedEvent["event"];
  return { number: row.number, event };
}

async function withText(event: DeploymentEvent): Promise<DeploymentEvent> {
  return "facts" in event && event.facts ? { ...event, ...(await readFacts(event)) } : event;
}

/** The newest number, and whether more events can follow; null for an unknown deployment. */
async function readHead(deploymentId: string): Promise<{ lastEvent: number; finished: boolean } | null> {
  const row = await db.deployment.findUnique({ where: { id: deploymentId }, select: { lastEvent: true, state: true } });
  return row && { lastEvent: row.lastEvent, finished: isFinished(row.state as Parameters<typeof isFinished>[0]) };
}
