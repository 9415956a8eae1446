import { type ChannelAnswer, Notice } from "@/lib/contracts/notification";
import { isEventKind } from "@/lib/contracts/notification-events";
import type { ProblemCode, ProblemData } from "@/lib/contracts/problem";
import { db, Prisma, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { DEFAULT_LOCALE, isLocale } from "@/lib/platform/i18n/locales";
import { log } from "@/lib/platform/log";

/** Messages that a worker sends at once; the others follow some seconds later. */
const AT_ONCE = 20;
/** Of these, the messages of one person: however many they have, and however slow their servers are, others are sent. */
const OF_ONE_PERSON = 5;
/** The message of a worker that died in an attempt is taken up by another one after this time. */
const LEASE_MS = 2 * 60_000;
const FIRST_DELAY_MS = 60_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/** A message that no one took for this long is given up. */
export const GIVE_UP_MS = 24 * 60 * 60_000;

/** Sends what is due. Any number of workers may do so concurrently: each message is taken by one of them. */
export async function sendDueNotifications(signal: AbortSignal, now = () => new Date()): Promise<void> {
  const due = await claimDue(now());
  if (due.length === 0) return;
  await Promise.all(
    due.map((delivery) =>
      attempt(delivery, signal, now).catch((error: unknown) =>
        log.error({ err: error, notificationId: delivery.id }, "a notification was not sent; it is sent again later"),
      ),
    ),
  );
}

const WITH_CHANNEL = {
  channel: { include: { owner: { select: { id: true, name: true, role: true } } } },
  recipient: { select: { name: true, email: true, locale: true, disabledAt: true } },
} as const;
type Delivery = Prisma.NotificationDeliveryGetPayload<{ include: typeof WITH_CHANNEL }>;

/**
 * Counts the attempt before it begins: one that ends with its worker counts as well. People take turns: the first message
 * of each comes before the second of anyone.
 */
async function claimDue(now: Date): Promise<Delivery[]> {
  const claimed = await db.$queryRaw<{ id: string }[]>`
    UPDATE notification_delivery SET attempts = attempts + 1, next_attempt_at = ${new Date(now.getTime() + LEASE_MS)}
    WHERE id IN (
      SELECT delivery.id FROM notification_delivery delivery JOIN (
        SELECT waiting.id, row_number() OVER (
          PARTITION BY coalesce(channel.owner_id, waiting.recipient_id, channel.id) ORDER BY waiting.next_attempt_at) AS turn
        FROM notification_delivery waiting JOIN notification_channel channel ON channel.id = waiting.channel_id
        WHERE waiting.state = 'waiting' AND waiting.next_attempt_at <= ${now}
      ) due ON due.id = delivery.id
      WHERE due.turn <= ${OF_ONE_PERSON} AND delivery.state = 'waiting' AND delivery.next_attempt_at <= ${now}
      ORDER BY due.turn, delivery.next_attempt_at LIMIT ${AT_ONCE} FOR UPDATE OF delivery SKIP LOCKED)
    RETURNING id`;
  if (claimed.length === 0) return [];
  return db.notificationDelivery.findMany({
    where: { id: { in: claimed.map(({ id }) => id) } },
    include: WITH_CHANNEL,
  });
}

async function attempt(delivery: Delivery, signal: AbortSignal, now: () => Date): Promise<void> {
  const at = now();
  const answer = await answerTo(delivery, signal).catch((error: unknown) => {
    log.error(
      { err: error, notificationId: delivery.id },
      "an unforeseen error ended an attempt to send a notification",
    );
    return refused("internal");
  });
  if (signal.aborted && answer.problem) return; // the worker stops, and the next one takes it up
  await store(delivery, answer, at);
}

async function answerTo(delivery: Delivery, signal: AbortSignal): Promise<ChannelAnswer> {
  const { channel, recipient, kind } = delivery;
  if (recipient?.disabledAt) return refused("receiver-disabled");
  const notices = Notice.array().safeParse(delivery.notices).data ?? [];
  if (!isEventKind(kind) || notices.length === 0) return refused("internal");
  // Loaded on demand, so that an idle worker keeps neither translators nor mail in memory.
  const [{ writeMessage }, { sendOn }] = await Promise.all([import("./message"), import("./send-on")]);
  const locale = [channel.locale, recipient?.locale].find(isLocale) ?? DEFAULT_LOCALE;
  const origin = env.NEXTAUTH_URL ? new URL(env.NEXTAUTH_URL).origin : null;
  const message = await writeMessage({ id: delivery.id, kind, notices }, { locale, origin });
  return sendOn(channel, message, { recipient, signal });
}

function refused(code: ProblemCode): ChannelAnswer {
  return { problem: { code, params: {} }, answer: "", durationMs: 0 };
}

async function store({ id, attempts, createdAt, channel }: Delivery, answer: ChannelAnswer, at: Date): Promise<void> {
  const { problem } = answer;
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
  const next = new Date(at.getTime() + delayMs);
  const isOver = next.getTime() > createdAt.getTime() + GIVE_UP_MS || problem?.code === "receiver-disabled";
  const state = problem === null ? "sent" : isOver ? "failed" : "waiting";
  await transaction(async (tx) => {
    const ended = state === "waiting" ? { nextAttemptAt: next } : { nextAttemptAt: null, endedAt: at };
    const { count } = await tx.notificationDelivery.updateMany({ where: { id }, data: { state, ...ended } });
    if (count === 0) return; // its channel was removed meanwhile
    const { answer: said, durationMs } = answer;
    const data = { deliveryId: id, at, durationMs, answer: said, problem: problem ?? Prisma.DbNull };
    await tx.notificationAttempt.create({ data });
    await tx.notificationChannel.updateMany({ where: { id: channel.id }, data: countersAfter(problem, at) });
    if (problem)
      await tx.notificationChannel.updateMany({
        where: { id: channel.id, failingSince: null },
        data: { failingSince: at },
      });
  });
  if (state === "failed") log.warn({ notificationId: id, channelId: channel.id }, "a notification was given up");
}

function countersAfter(problem: ProblemData | null, at: Date): Prisma.NotificationChannelUpdateManyMutationInput {
  return problem === null
    ? { lastSentAt: at, failures: 0, failingSince: null, problem: Prisma.DbNull }
    : { lastFailedAt: at, failures: { increment: 1 }, problem };
}
