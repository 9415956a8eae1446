import * as z from "zod";
import { ChannelChange, ChannelView } from "@/lib/contracts/notification";
import { changeChannel, removeChannel } from "@/lib/domain/notifications/channel-commands";
import { route } from "@/lib/web/http/route";

const params = z.object({ channelId: z.uuid() });

export const PATCH = route(
  {
    summary: "Change a notification channel",
    description:
      "A field that is absent stays as it is. `settings` are replaced as a whole, but for secrets that are absent: those stay, " +
      "unless another server is named.",
    permission: "notification:write",
    params,
    body: ChannelChange,
    response: ChannelView,
  },
  async ({ actor, params: { channelId }, body }) => changeChannel(channelId, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a notification channel",
    description: "Its rules and its deliveries are removed as well.",
    permission: "notification:write",
    params,
  },
  async ({ actor, params: { channelId } }) => removeChannel(channelId, actor),
);
