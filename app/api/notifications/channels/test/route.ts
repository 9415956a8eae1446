import { ChannelAnswer, ChannelTest } from "@/lib/contracts/notification";
import { testChannel } from "@/lib/domain/notifications/channel-commands";
import { consoleOrigin } from "@/lib/web/auth/relying-party";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Send a test message",
    description:
      "By settings that need not be stored; secrets that are absent are those of `channel`. A message that is not accepted is a " +
      "result, not an error.",
    permission: "notification:write",
    rateLimit: "check",
    body: ChannelTest,
    response: ChannelAnswer,
  },
  async ({ actor, body, request }) => testChannel(body, actor, consoleOrigin(request.headers)),
);
