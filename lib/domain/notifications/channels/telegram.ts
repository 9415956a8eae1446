import type { Channel } from "../channel";
import { type Message, withoutMentions } from "../message";
import { below, postJson } from "../reach";

/** Telegram takes 4,096 characters. */
const LONGEST_TEXT = 3_900;

/** A bot. The text has no markup, but Telegram itself finds mentions; what is bold or output is marked by its place. */
export const telegramChannel: Channel<"telegram"> = {
  send: ({ server, token, chat }, message, context) =>
    postJson(below(server, `bot${token}/sendMessage`), { body: JSON.stringify(telegramBody(message, chat)) }, context),
};

export function telegramBody({ title, sentences, lines, link }: Message, chat: string) {
  const head = [[title, ...sentences.map(withoutMentions)].join("\n"), ...(link ? [link.url] : [])].join("\n\n");
  const output = lines.join("\n");
  const whole = [head, output].filter(Boolean).join("\n\n");
  const text = whole.length > LONGEST_TEXT ? `${whole.slice(0, LONGEST_TEXT).toWellFormed()}…` : whole;
  const outputAt = head.length + 2;
  return {
    chat_id: chat,
    text,
    entities: [
      { type: "bold", offset: 0, length: Math.min(title.length, text.length) },
      ...(output && outputAt < text.length ? [{ type: "pre", offset: outputAt, length: text.length - outputAt }] : []),
    ],
    link_preview_options: { is_disabled: true },
  };
}
