import type { Locale } from "@/lib/contracts/locale";
import { isLocale } from "@/lib/platform/i18n/locales";
import { liveMessagesOf, type Messages, messagesOf } from "@/lib/platform/i18n/messages";

type Words = Promise<Partial<Messages>>;
const everything = new Map<Locale, Words>();
const live = new Map<Locale, Words>();

/** Pages about deployments need half of the sentences (a test says which). */
export function needsOf(pathname: string): "live" | "everything" {
  return /^\/deployments(\/|$)/.test(pathname) ? "live" : "everything";
}

/**
 * The sentences of one language, from files that browsers keep; those of the others are not sent. Who has all of them
 * loads no half, and what could not be loaded is loaded anew by the next who asks.
 */
export function messagesInBrowser(locale: Locale, needs: "live" | "everything"): Words {
  const isHalfEnough = needs === "live" && !everything.has(locale);
  const known = isHalfEnough ? live : everything;
  const words: Words = known.get(locale) ?? (isHalfEnough ? liveMessagesOf(locale) : messagesOf(locale));
  known.set(locale, words);
  words.catch(() => known.delete(locale)); // the caller handles the rejection itself
  return words;
}

// On its way before anything is drawn: the document says its language.
if (typeof document !== "undefined" && isLocale(document.documentElement.lang))
  void messagesInBrowser(document.documentElement.lang, needsOf(window.location.pathname));
