import type { Channel } from "../channel";
import { COLOURS, type Message } from "../message";
import { postJson } from "../reach";

/** Discord takes 256 characters of a title and 4,096 of a description. */
const LONGEST_TITLE = 250;
const LONGEST_TEXT = 1_900;

export const discordChannel: Channel<"discord"> = {
  send: ({ url }, message, context) => postJson(url, { body: JSON.stringify(discordBody(message)) }, context),
};

export function discordBody({ title, sentences, lines, link, tone, at }: Message) {
  const output =
    lines.length > 0 ? `\n\`\`\`\n${cut(lines.join("\n").replaceAll("`", "'"), LONGEST_TEXT)}\n\`\`\`` : "";
  return {
    // A commit message may contain @everyone: mentions are off.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(escaped(title), LONGEST_TITLE),
        description: `${cut(sentences.map(escaped).join("\n"), LONGEST_TEXT)}${output}`,
        color: COLOURS[tone],
        timestamp: at.toISOString(),
        ...(link && { url: link.url }),
      },
    ],
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[\\*_~`|>[\]()#]/g, "\\$&");
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
}
