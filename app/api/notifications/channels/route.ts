import * as z from "zod";
import { ChannelView, NewChannel } from "@/lib/contracts/notification";
import { createChannel, listChannels } from "@/lib/domain/notifications/channel-commands";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List notification channels",
    description: "One's own and the shared ones; an administrator sees everybody's. Secrets are not returned.",
    permission: "notification:read",
    response: z.object({ items: z.array(ChannelView) }),
  },
  async ({ actor }) => ({ items: await listChannels(actor) }),
);

export const POST = route(
  {
    summary: "Add a notification channel",
    description:
      "Its settings are stored encrypted. A member's channel reaches public addresses only; nothing is sent before a rule names it.",
    permission: "notification:write",
    idempotent: true,
    body: NewChannel,
    response: ChannelView,
    status: 201,
    problems: ["too-many-channels"],
  },
  async ({ actor, body, idempotency }) => {
    const channel = await createChannel(body, actor, idempotency);
    return answer(channel, { headers: { location: `/api/notifications/channels/${channel.id}` } });
  },
);
