import type { Locale } from "@/lib/contracts/locales";
import { isLocale } from "@/lib/platform/i18n/locales";
import { type Messages, messagesOf } from "@/lib/platform/i18n/messages";

const known = new Map<Locale, Promise<Messages>>();

/**
 * The messages of one language: browsers read them from an address that they may keep, and those of other languages are
 * not sent. Messages that could not be loaded are loaded again by the next caller.
 */
export function messagesInBrowser(locale: Locale): Promise<Messages> {
  // While the server renders a page, they are at hand.
  const messages = known.get(locale) ?? (typeof document === "undefined" ? messagesOf(locale) : fetchMessages(locale));
  known.set(locale, messages);
  messages.catch(() => known.delete(locale)); // the caller handles the rejection itself
  return messages;
}

async function fetchMessages(locale: Locale): Promise<Messages> {
  const { lang, dataset } = document.documentElement;
  const address = lang === locale ? dataset.messages : undefined;
  const answer = await fetch(address ?? `/messages/${locale}`);
  if (!answer.ok) throw new Error(`the messages of ${locale} could not be loaded: ${answer.status}`);
  return answer.json();
}

// The request starts before anything is rendered: the document says its language.
if (typeof document !== "undefined" && isLocale(document.documentElement.lang))
  void messagesInBrowser(document.documentElement.lang);
