import { sendCommitStatuses } from "@/lib/domain/hooks/commit-statuses";
import { tallyDurations } from "@/lib/engine/tally-durations";
import type { Handlers } from "@/lib/platform/outbox/outbox";
import { deliverRegistration } from "@/lib/registry/current-registry";

/** The handler of each subscriber in lib/platform/outbox/domain-events.ts. */
export const SUBSCRIBERS: Required<Handlers> = {
  // Loaded with the first event, so that an idle worker does not keep it in memory.
  notifications: async (event, context) => (await import("@/lib/domain/notifications/notify")).notify(event, context),
  tallies: tallyDurations,
  "commit-statuses": sendCommitStatuses,
  registrations: deliverRegistration,
};
