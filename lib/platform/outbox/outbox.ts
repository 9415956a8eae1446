/*
 * The transactional outbox: an event is published in the transaction of its change and delivered to each subscriber at
 * least once, by any worker. The messages are jobs of pg-boss (docs/decisions/0017).
 */
import { fromPrisma, type Job, type PgBoss, type Queue } from "pg-boss";
import { v7 as uuidv7 } from "uuid";
import * as z from "zod";
import type { Tx } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { ensureQueue, queue } from "@/lib/platform/queue/boss";
import { HEARTBEAT_REFRESH_SECONDS, HEARTBEAT_SECONDS } from "@/lib/platform/queue/queues";
import {
  DomainEvent,
  type EventFor,
  SUBSCRIPTIONS,
  type SubscriberName,
  type Subscription,
  subjectOf,
} from "./domain-events";

const Message = z.object({ event: DomainEvent, at: z.iso.datetime() });
type Message = z.infer<typeof Message>;

export interface PublishOptions {
  /** The delay before delivery. */
  afterSeconds?: number;
  /** A UUID: of several messages with the same UUID, only the first is delivered. It is remembered for a day. */
  onceAs?: string;
}

/** Publishes the event to its subscribers when `tx` commits, and not at all when it rolls back. */
export async function publish(tx: Tx, event: DomainEvent, options: PublishOptions = {}): Promise<void> {
  const message: Message = { event, at: new Date().toISOString() };
  for (const [name, subscription] of subscriptions())
    if (subscription.events.includes(event.type)) await send(tx, name, message, options);
}

function subscriptions(): [string, Subscription][] {
  return Object.entries<Subscription>(SUBSCRIPTIONS);
}

async function send(tx: Tx, subscriber: string, message: Message, options: PublishOptions): Promise<void> {
  const boss = await queue();
  await ensureOnce(boss, subscriber);
  const put = () =>
    boss.send(queueOf(subscriber), message, {
      singletonKey: subjectOf(message.event),
      startAfter: options.afterSeconds ?? 0,
      // Ordered by time, because messages of one transaction and subject are sorted by id.
      id: options.onceAs ?? uuidv7(),
      db: fromPrisma(tx),
    });
  if ((await put()) !== null || options.onceAs) return;
  // The database was replaced by a restored one, which has no queues: create it and send once more.
  await ensureOutboxQueue(boss, subscriber);
  if ((await put()) === null) throw new Error(`the queue of the subscriber ${subscriber} takes no messages`);
}

export function queueOf(subscriber: string): string {
  return `outbox.${subscriber}`;
}

/**
 * In order per subject: a failed message is retried before the next one of its subject, without an end. The limits only
 * exist because pg-boss requires them.
 */
function settingsOf({ retrySeconds, longestRetrySeconds }: Subscription): Omit<Queue, "name"> {
  return {
    policy: "key_strict_fifo",
    notify: true,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: 10 * 60,
    retryLimit: 1_000_000,
    retryDelay: retrySeconds,
    retryBackoff: true,
    retryDelayMax: longestRetrySeconds,
    retentionSeconds: 10 * 365 * 24 * 60 * 60,
    deleteAfterSeconds: 24 * 60 * 60,
  };
}

const ensured = new WeakMap<PgBoss, Map<string, Promise<void>>>();

/** No worker of this version may have run yet, so the first publisher creates the queue. */
function ensureOnce(boss: PgBoss, subscriber: string): Promise<void> {
  const known = ensured.get(boss) ?? new Map<string, Promise<void>>();
  ensured.set(boss, known);
  const running = known.get(subscriber) ?? ensureOutboxQueue(boss, subscriber);
  known.set(subscriber, running);
  running.catch(() => known.delete(subscriber));
  return running;
}

function ensureOutboxQueue(boss: PgBoss, subscriber: string): Promise<void> {
  const subscription = subscriptions().find(([name]) => name === subscriber)?.[1];
  if (!subscription) throw new Error(`${subscriber} is no subscriber`);
  return ensureQueue(boss, queueOf(subscriber), settingsOf(subscription));
}

export async function ensureOutboxQueues(boss: PgBoss): Promise<void> {
  for (const [name] of subscriptions()) await ensureOutboxQueue(boss, name);
}

/** Delivery is at least once: a handler must be safe to repeat. An event whose handler throws is redelivered. */
export type Handler<Event extends DomainEvent = DomainEvent> = (
  event: Event,
  context: { at: Date; signal: AbortSignal },
) => Promise<unknown>;
export type Handlers = { readonly [Name in SubscriberName]?: Handler<EventFor<Name>> };

export interface Dispatcher {
  /** Aborts the current deliveries, so that another worker delivers them. */
  stop(): Promise<void>;
}

/** How soon a message without a notification is noticed: a delayed one, or a retry. */
const POLL_SECONDS = 5;
/** Concurrent deliveries to one subscriber per worker process: a hanging one does not block the others. */
const AT_ONCE = 2;

/** Delivers to the given subscribers; any number of workers may do so concurrently. */
export async function startDispatcher(
  boss: PgBoss,
  handlers: Handlers,
  { pollSeconds = POLL_SECONDS } = {},
): Promise<Dispatcher> {
  const stopping = new AbortController();
  const options = {
    batchSize: 1,
    pollingIntervalSeconds: pollSeconds,
    notifyPollingIntervalSeconds: pollSeconds,
    heartbeatRefreshSeconds: HEARTBEAT_REFRESH_SECONDS,
  };
  const workers: { name: string; id: string }[] = [];
  for (const [subscriber, handler] of Object.entries<Handler>(handlers as Record<string, Handler>)) {
    await ensureOutboxQueue(boss, subscriber);
    const name = queueOf(subscriber);
    for (let n = 0; n < AT_ONCE; n++) {
      const id: string = await boss.work<unknown>(name, options, async ([job]: Job<unknown>[]) => {
        boss.notifyWorker(id); // otherwise it would fetch the next one only at its next poll
        if (job) await deliver(subscriber, handler, job, stopping.signal);
      });
      workers.push({ name, id });
    }
  }
  return {
    async stop() {
      stopping.abort();
      await Promise.all(workers.map(({ name, id }) => boss.offWork(name, { id, wait: true })));
    },
  };
}

/** pg-boss stores the number of attempts and the error of the last one. */
async function deliver(subscriber: string, handler: Handler, job: Job<unknown>, stopping: AbortSignal): Promise<void> {
  try {
    stopping.throwIfAborted();
    const { event, at } = Message.parse(job.data);
    await handler(event, { at: new Date(at), signal: AbortSignal.any([stopping, job.signal]) });
  } catch (error) {
    if (!stopping.aborted)
      log.warn({ err: error, subscriber, job: job.id }, "an event was not delivered; it is delivered again later");
    throw error;
  }
}
