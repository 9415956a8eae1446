import type { SettingsOf } from "@/lib/contracts/notification";
import type { ChannelKind } from "@/lib/contracts/notification-events";
import type { Message } from "./message";

/**
 * A kind of channel: how a message is written for it and sent. To add one: its file in channels/, its line in
 * registry.ts, its name in lib/contracts/notification-events.ts with its settings in notification.ts, and its fields in
 * components/notifications/channel-kinds.tsx.
 */
export interface Channel<Kind extends ChannelKind = ChannelKind> {
  /** Returns what the other side answered. Throws channel-unreachable, channel-refused or channel-address-refused. */
  send(settings: SettingsOf<Kind>, message: Message, context: SendContext): Promise<string>;
}

export interface SendContext {
  /** Who owns the channel: only an administrator's may lead into a private network. */
  isAdministrator: boolean;
  /** Whom it is for; null on a shared channel that leads to one place. */
  recipient: { name: string; email: string } | null;
  signal: AbortSignal;
}
