import type { Locale } from "@/lib/contracts/locale";
import { isLocale } from "@/lib/platform/i18n/locales";
import { liveMessagesOf, type Messages, messagesOf } from "@/lib/platform/i18n/messages";

type Words = Promise<Partial<Messages>>;
const everything = new Map<Locale, Words>();
const live = new Map<Locale, Words>();

/** Pages about deployments need half of the messages (a test says which). */
export function needsOf(pathname: string): "live" | "everything" {
  return /^\/deployments(\/|$)/.test(pathname) ? "live" : "everything";
}

/**
 * The messages of one language, from files that browsers cache; other languages are not sent. A page with all messages
 * does not load the half, and a failed download is retried by the next caller.
 */
export function messagesInBrowser(locale: Locale, needs: "live" | "everything"): Words {
  const isHalfEnough = needs === "live" && !everything.has(locale);
  const known = isHalfEnough ? live : everything;
  const words: Words = known.get(locale) ?? (isHalfEnough ? liveMessagesOf(locale) : messagesOf(locale));
  known.set(locale, words);
  words.catch(() => known.delete(locale)); // the caller handles the rejection itself
  return words;
}

// The download starts before anything is drawn: the document names its language.
if (typeof document !== "undefined" && isLocale(document.documentElement.lang))
  void messagesInBrowser(document.documentElement.lang, needsOf(window.location.pathname));
