import type { Channel } from "../channel";
import { COLOURS, type Message, withoutMentions } from "../message";
import { postJson } from "../reach";

/** Slack takes 4,000 characters of an attachment's text well, and Mattermost more. */
const LONGEST_SENTENCES = 1_500;
const LONGEST_OUTPUT = 2_000;

/**
 * An incoming webhook of Slack, or of a server that takes the same: Mattermost and Rocket.Chat show attachments, but not
 * Slack's newer blocks.
 */
export const slackChannel: Channel<"slack"> = {
  send: ({ url }, message, context) => postJson(url, { body: JSON.stringify(slackBody(message)) }, context),
};

export function slackBody({ title, sentences, lines, link, tone }: Message) {
  const output = cut(lines.map(escaped).join("\n").replaceAll("`", "'"), LONGEST_OUTPUT);
  const text = cut(sentences.map(plain).join("\n"), LONGEST_SENTENCES);
  return {
    attachments: [
      {
        fallback: plain(title), // for the notification of the device
        color: `#${COLOURS[tone].toString(16)}`,
        title: plain(title),
        ...(link && { title_link: link.url }),
        text: [text, output && `\`\`\`\n${output}\n\`\`\``].filter(Boolean).join("\n"),
        mrkdwn_in: ["text"],
      },
    ],
  };
}

/**
 * No text is a mention or a link. Slack gives a meaning to three characters only; Mattermost reads `@all` and Markdown's
 * `[text](address)` as well, which an invisible character ends.
 */
function plain(text: string): string {
  return withoutMentions(escaped(text)).replaceAll(/\](?=[([:])/g, "]\u200b");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
}
