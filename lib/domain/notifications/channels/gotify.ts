import type { Channel } from "../channel";
import { type Message, plainText } from "../message";
import { below, postJson } from "../reach";

const PRIORITIES: Record<Message["tone"], number> = { bad: 8, good: 4, neutral: 4 };

export const gotifyChannel: Channel<"gotify"> = {
  send: ({ server, token }, message, context) =>
    postJson(
      below(server, "message"),
      { headers: { "x-gotify-key": token }, body: JSON.stringify(gotifyBody(message)) },
      context,
    ),
};

export function gotifyBody(message: Message) {
  const { title, tone, link } = message;
  return {
    title,
    message: plainText({ ...message, link: null }) || title,
    priority: PRIORITIES[tone],
    extras: {
      "client::display": { contentType: "text/plain" },
      ...(link && { "client::notification": { click: { url: link.url } } }),
    },
  };
}
