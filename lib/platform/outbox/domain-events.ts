import * as z from "zod";
import { Restored } from "@/lib/contracts/drift";
import { ProblemData } from "@/lib/contracts/problem";

const id = z.uuid();
const EndedState = z.enum(["succeeded", "failed", "cancelled", "stuck"]);
export type EndedState = z.infer<typeof EndedState>;

/**
 * What happened, for subscribers. An event carries ids and what has changed; a subscriber reads the rest from the rows.
 * Different versions exchange these messages during an update, so fields are only added, as optional ones.
 */
export const DomainEvent = z.discriminatedUnion("type", [
  /** Published when a worker claims it for the first time. */
  z.object({ type: z.literal("deployment.started"), serviceId: id, deploymentId: id }),
  z.object({
    type: z.literal("deployment.ended"),
    serviceId: id,
    deploymentId: id,
    state: EndedState,
  }),
  /** Queued or running for much longer than its service's deployments take; once for each state. */
  z.object({
    type: z.literal("deployment.slow"),
    serviceId: id,
    deploymentId: id,
    state: z.enum(["queued", "running"]),
    elapsedMs: z.int(),
    usualMs: z.int().nullable(),
  }),
  /** Also after a check without a result: a service is down again when its host answers and reports so. */
  z.object({ type: z.literal("service.down"), serviceId: id, releaseId: id }),
  z.object({ type: z.literal("service.up"), serviceId: id, releaseId: id }),
  /** Three bad answers in a row on its health path; and the first good one after that. */
  z.object({ type: z.literal("service.unhealthy"), serviceId: id, releaseId: id }),
  z.object({ type: z.literal("service.healthy"), serviceId: id, releaseId: id }),
  z.object({ type: z.literal("drift.repaired"), serviceId: id, restored: z.array(Restored) }),
  z.object({ type: z.literal("target.unreachable"), targetId: id, problem: ProblemData }),
  z.object({ type: z.literal("target.reachable"), targetId: id }),
  z.object({ type: z.literal("target.disk-low"), targetId: id, freeBytes: z.number(), totalBytes: z.number() }),
  /** From a network address from which this person has not signed in before. */
  z.object({
    type: z.literal("sign-in.new"),
    userId: id,
    address: z.string(),
    via: z.string(),
  }),
  /** Shortly before its end nothing has renewed it; once for each certificate and domain. */
  z.object({
    type: z.literal("certificate.ending"),
    serviceId: id.nullable().describe("Null for the console's own"),
    domain: z.string(),
    endsAt: z.iso.datetime(),
  }),
  z.object({ type: z.literal("backup.failed"), backupId: id, problem: ProblemData }),
  z.object({ type: z.literal("backup.overdue"), since: z.iso.datetime() }),
  /** An update to a Registry is pending: an announcement or a removal. */
  z.object({ type: z.literal("registration.pending"), registry: z.string(), name: z.string() }),
]);
export type DomainEvent = z.infer<typeof DomainEvent>;
export type DomainEventType = DomainEvent["type"];

/** Each subscriber gets the events of one subject in order. Events of other subjects do not wait for them. */
export function subjectOf(event: DomainEvent): string {
  switch (event.type) {
    case "deployment.started":
    case "deployment.ended":
    case "deployment.slow":
    case "service.down":
    case "service.up":
    case "service.unhealthy":
    case "service.healthy":
    case "drift.repaired":
      return `service ${event.serviceId}`;
    case "certificate.ending":
      return event.serviceId === null ? "console" : `service ${event.serviceId}`;
    case "target.unreachable":
    case "target.reachable":
    case "target.disk-low":
      return `target ${event.targetId}`;
    case "sign-in.new":
      return `user ${event.userId}`;
    case "backup.failed":
    case "backup.overdue":
      return "backups";
    case "registration.pending":
      return `registration ${event.registry} ${event.name}`;
  }
}

export interface Subscription {
  events: readonly DomainEventType[];
  /** The delay after a first failure. It doubles with each further failure, up to the longest. */
  retrySeconds: number;
  longestRetrySeconds: number;
}

/** A subscriber is a line here and its handler in lib/worker/subscribers.ts. */
export const SUBSCRIPTIONS = {
  tallies: { events: ["deployment.ended"], retrySeconds: 1, longestRetrySeconds: 60 },
  "commit-statuses": {
    events: ["deployment.started", "deployment.ended"],
    retrySeconds: 5,
    longestRetrySeconds: 30 * 60,
  },
  notifications: {
    events: [
      "deployment.ended",
      "deployment.slow",
      "service.unhealthy",
      "service.healthy",
      "drift.repaired",
      "target.unreachable",
      "target.reachable",
      "target.disk-low",
      "certificate.ending",
      "backup.failed",
      "backup.overdue",
      "sign-in.new",
    ],
    retrySeconds: 5,
    longestRetrySeconds: 10 * 60,
  },
  registrations: { events: ["registration.pending"], retrySeconds: 30, longestRetrySeconds: 120 },
} as const satisfies Record<string, Subscription>;
export type SubscriberName = keyof typeof SUBSCRIPTIONS;
export type EventFor<Name extends SubscriberName> = Extract<
  DomainEvent,
  { type: (typeof SUBSCRIPTIONS)[Name]["events"][number] }
>;
