import type { Channel } from "../channel";
import { type Message, plainText } from "../message";
import { postJson } from "../reach";

const TAGS: Record<Message["tone"], string> = { bad: "rotating_light", good: "white_check_mark", neutral: "bell" };
const PRIORITIES: Record<Message["tone"], number> = { bad: 4, good: 3, neutral: 3 };
/** ntfy makes an attachment of what is longer than 4,096 bytes. */
const LONGEST_BYTES = 3_900;

/** ntfy.sh, or a server of one's own. */
export const ntfyChannel: Channel<"ntfy"> = {
  send: ({ server, topic, token }, message, context) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return postJson(server, { headers, body: JSON.stringify(ntfyBody(message, topic)) }, context);
  },
};

export function ntfyBody(message: Message, topic: string) {
  const { title, tone, link } = message;
  return {
    topic,
    title,
    message: cut(plainText({ ...message, link: null })) || title,
    priority: PRIORITIES[tone],
    tags: [TAGS[tone]],
    ...(link && { click: link.url }),
  };
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length > LONGEST_BYTES ? `${new TextDecoder().decode(bytes.subarray(0, LONGEST_BYTES))}…` : text;
}
