import { createHash } from "node:crypto";
import type { Locale } from "@/lib/contracts/locales";
import { messagesOf } from "@/lib/platform/i18n/messages";

interface MessagesText {
  /** JSON. */
  text: string;
  /** Changes with the text: a browser may keep what it got under it. */
  version: string;
}

const texts = new Map<Locale, Promise<MessagesText>>();

/** The messages of one language as they are sent to a browser. */
export function messagesText(locale: Locale): Promise<MessagesText> {
  const text = texts.get(locale) ?? writeMessages(locale);
  texts.set(locale, text);
  return text;
}

async function writeMessages(locale: Locale): Promise<MessagesText> {
  const text = JSON.stringify(await messagesOf(locale));
  return { text, version: createHash("sha256").update(text).digest("base64url").slice(0, 12) };
}

/** Where a browser reads them, with the version that it may keep. */
export async function messagesAddress(locale: Locale): Promise<string> {
  return `/messages/${locale}?v=${(await messagesText(locale)).version}`;
}
