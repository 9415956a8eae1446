import type { Locale } from "@/lib/contracts/locale";
import type messages from "./messages/en.json";

export type Messages = typeof messages;

const readers: Record<Locale, () => Promise<{ default: Messages }>> = {
  en: () => import("./messages/en.json"),
  nl: () => import("./messages/nl.json"),
  ar: () => import("./messages/ar.json"),
};

export async function messagesOf(locale: Locale): Promise<Messages> {
  return (await readers[locale]()).default;
}
