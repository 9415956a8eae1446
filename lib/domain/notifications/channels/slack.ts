import type { Channel } from "../channel";
import type { Message } from "../message";
import { postJson } from "../reach";

/** Slack's limit of a section is 3,000 characters. */
const LONGEST_TEXT = 2_900;

/** An incoming webhook of Slack, or of a server that takes the same (Mattermost, Rocket.Chat). */
export const slackChannel: Channel<"slack"> = {
  send: ({ url }, message, context) => postJson(url, { body: JSON.stringify(slackBody(message)) }, context),
};

export function slackBody({ title, sentences, lines, link }: Message) {
  const heading = `*${escaped(title)}*`;
  const output =
    lines.length > 0 ? section(`\`\`\`${cut(lines.map(escaped).join("\n").replaceAll("`", "'"))}\`\`\``) : null;
  return {
    text: escaped(title), // for the notification of the device
    blocks: [
      section(cut([heading, ...sentences.map(escaped)].join("\n"))),
      ...(output ? [output] : []),
      ...(link ? [section(`<${link.url}|${escaped(link.text)}>`)] : []),
    ],
  };
}

function section(text: string) {
  return { type: "section", text: { type: "mrkdwn", text } };
}

/** The three characters with a meaning: without them no text is a mention or a link. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT).toWellFormed()}…` : text;
}
