/**
 * The languages Landfall speaks. To add one: its line here and its file in lib/platform/i18n/messages. `tag` is what Intl
 * gets: Arabic is written with Latin digits. Without zod, which browsers load for no page.
 */
export const LOCALES = {
  en: { tag: "en", dir: "ltr", name: "English" },
  nl: { tag: "nl", dir: "ltr", name: "Nederlands" },
  ar: { tag: "ar-u-nu-latn", dir: "rtl", name: "العربية" },
} as const satisfies Record<string, { tag: string; dir: "ltr" | "rtl"; name: string }>;

export type Locale = keyof typeof LOCALES;
export type LocaleTag = (typeof LOCALES)[Locale]["tag"];
export const LOCALE_KEYS = Object.keys(LOCALES) as [Locale, ...Locale[]];
