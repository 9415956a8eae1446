import { db } from "@/lib/platform/db/client";
import { type DomainEvent, type DomainEventType, SUBSCRIPTIONS, type Subscription } from "./domain-events";
import { queueOf } from "./outbox";

/** Subscribes in this test file only, as a line in SUBSCRIPTIONS would. */
export function subscribe(name: string, events: readonly DomainEventType[]): void {
  const added: Record<string, Subscription> = SUBSCRIPTIONS as Record<string, Subscription>;
  added[name] = { events, retrySeconds: 1, longestRetrySeconds: 1 };
}

/** The undelivered messages of a subscriber, oldest first. */
export async function published(subscriber: string): Promise<DomainEvent[]> {
  const rows = await db.$queryRaw<{ event: DomainEvent }[]>`
    SELECT data->'event' AS event FROM pgboss.job WHERE name = ${queueOf(subscriber)} AND state < 'active' ORDER BY created_on, id`;
  return rows.map(({ event }) => event);
}

/** Makes all delayed messages due now. */
export async function makeDue(): Promise<void> {
  await db.$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE name LIKE 'outbox.%' AND state < 'active'`;
}
