import type { Locale } from "@/lib/contracts/locales";
import type english from "./messages/en.json";

/** English has every key; a test compares the other languages with it. */
export type Messages = typeof english;

/** All messages of one language. Each language is a file of its own, which is loaded when it is asked for. */
export async function messagesOf(locale: Locale): Promise<Messages> {
  const { default: messages } = await import(`./messages/${locale}.json`);
  return messages as Messages;
}
