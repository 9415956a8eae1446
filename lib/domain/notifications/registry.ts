import type { ChannelKind } from "@/lib/contracts/notification-events";
import type { Channel } from "./channel";
import { discordChannel } from "./channels/discord";
import { emailChannel } from "./channels/email";
import { gotifyChannel } from "./channels/gotify";
import { ntfyChannel } from "./channels/ntfy";
import { slackChannel } from "./channels/slack";
import { teamsChannel } from "./channels/teams";
import { telegramChannel } from "./channels/telegram";
import { webhookChannel } from "./channels/webhook";

const CHANNELS: { readonly [Kind in ChannelKind]: Channel<Kind> } = {
  email: emailChannel,
  slack: slackChannel,
  discord: discordChannel,
  teams: teamsChannel,
  telegram: telegramChannel,
  ntfy: ntfyChannel,
  gotify: gotifyChannel,
  webhook: webhookChannel,
};

export function channelOf<Kind extends ChannelKind>(kind: Kind): Channel<Kind> {
  return CHANNELS[kind];
}
