import type { Locale } from "@/lib/contracts/locale";
import type live from "./messages/en/live.json";
import type manage from "./messages/en/manage.json";

/** The messages of every page and of the deployment pages. */
export type LiveMessages = typeof live;
export type ManageMessages = typeof manage;
export type Messages = LiveMessages & ManageMessages;

interface Parts {
  live: () => Promise<{ default: LiveMessages }>;
  manage: () => Promise<{ default: ManageMessages }>;
}

const readers: Record<Locale, Parts> = {
  en: { live: () => import("./messages/en/live.json"), manage: () => import("./messages/en/manage.json") },
  nl: { live: () => import("./messages/nl/live.json"), manage: () => import("./messages/nl/manage.json") },
  ar: { live: () => import("./messages/ar/live.json"), manage: () => import("./messages/ar/manage.json") },
};

export async function messagesOf(locale: Locale): Promise<Messages> {
  const [live, manage] = await Promise.all([readers[locale].live(), readers[locale].manage()]);
  return { ...live.default, ...manage.default };
}

export async function liveMessagesOf(locale: Locale): Promise<LiveMessages> {
  return (await readers[locale].live()).default;
}
