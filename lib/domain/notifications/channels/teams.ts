import { LOCALES } from "@/lib/contracts/locales";
import type { Channel } from "../channel";
import type { Message } from "../message";
import { postJson } from "../reach";

const COLOURS: Record<Message["tone"], string> = { bad: "Attention", good: "Good", neutral: "Default" };

/** A workflow of Microsoft Teams that posts the adaptive card of a webhook request. */
export const teamsChannel: Channel<"teams"> = {
  send: ({ url }, message, context) => postJson(url, { body: JSON.stringify(teamsBody(message)) }, context),
};

export function teamsBody({ locale, title, sentences, lines, link, tone }: Message) {
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    lang: locale,
    rtl: LOCALES[locale].dir === "rtl",
    fallbackText: title,
    body: [
      text(title, { weight: "Bolder", size: "Medium", color: COLOURS[tone] }),
      ...sentences.map((sentence) => text(sentence)),
      ...lines.map((line) => text(line, { fontType: "Monospace", size: "Small" })),
    ],
    actions: link ? [{ type: "Action.OpenUrl", title: link.text, url: link.url }] : [],
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}

/** Rich text has no Markdown: a commit's message cannot become a link. */
function text(content: string, style: Record<string, string> = {}) {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", text: content, ...style }] };
}
