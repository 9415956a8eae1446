import { Webhook } from "standardwebhooks";
import { Problem } from "@/lib/contracts/problem";
import type { Channel } from "../channel";
import { type Message, plainText } from "../message";
import { postJson } from "../reach";

/** A program of one's own, signed as Standard Webhooks says. The id is the same at each attempt. */
export const webhookChannel: Channel<"webhook"> = {
  send: ({ url, secret }, message, context) => {
    if (secret === undefined) throw new Problem("settings-invalid", { detail: "a webhook without a secret" });
    const body = JSON.stringify(webhookBody(message));
    const now = new Date();
    const headers = {
      "webhook-id": message.id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": new Webhook(secret).sign(message.id, now, body),
    };
    return postJson(url, { headers, body }, context);
  },
};

export function webhookBody(message: Message) {
  const { kind, at, locale, title, link, notices } = message;
  return {
    type: kind,
    timestamp: at.toISOString(),
    data: { title, text: plainText({ ...message, link: null }), locale, url: link?.url ?? null, events: notices },
  };
}
