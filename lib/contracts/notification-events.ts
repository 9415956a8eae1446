/**
 * The catalogue of what people can be told. A new event is a line here, its sentence in each language
 * (`notifications.events` and `notifications.told` of the messages), and its facts in lib/domain/notifications/read-notices.ts.
 * Without zod, which browsers load for no page.
 */

type Tone = "bad" | "good" | "neutral";

interface EventFacts {
  /**
   * `service`: for those who may see the service, and what is about the console itself for those who may see its backups.
   * `person`: for the person it is about. Otherwise for a role's action.
   */
  audience: "service" | "person" | "target:read" | "backup:read";
  tone: Tone;
  /** Is it chosen in the form of a new rule? */
  usual: boolean;
}

export const NOTIFICATION_EVENTS = {
  "deployment-failed": { audience: "service", tone: "bad", usual: true },
  "deployment-reverted": { audience: "service", tone: "bad", usual: true },
  "deployment-stuck": { audience: "service", tone: "bad", usual: true },
  "deployment-recovered": { audience: "service", tone: "good", usual: true },
  "deployment-succeeded": { audience: "service", tone: "good", usual: false },
  "deployment-slow": { audience: "service", tone: "bad", usual: true },
  "service-down": { audience: "service", tone: "bad", usual: true },
  "service-up": { audience: "service", tone: "good", usual: true },
  "certificate-ending": { audience: "service", tone: "bad", usual: true },
  "drift-repaired": { audience: "service", tone: "neutral", usual: false },
  "target-unreachable": { audience: "target:read", tone: "bad", usual: true },
  "target-reachable": { audience: "target:read", tone: "good", usual: true },
  "disk-low": { audience: "target:read", tone: "bad", usual: true },
  "backup-failed": { audience: "backup:read", tone: "bad", usual: true },
  "backup-overdue": { audience: "backup:read", tone: "bad", usual: true },
  "sign-in-new": { audience: "person", tone: "neutral", usual: true },
} as const satisfies Record<string, EventFacts>;

export type NotificationEvent = keyof typeof NOTIFICATION_EVENTS;
export const EVENT_KINDS = Object.keys(NOTIFICATION_EVENTS) as [NotificationEvent, ...NotificationEvent[]];

export function isEventKind(kind: string): kind is NotificationEvent {
  return Object.hasOwn(NOTIFICATION_EVENTS, kind);
}

export const CHANNEL_KINDS = ["email", "slack", "discord", "teams", "telegram", "ntfy", "gotify", "webhook"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];
