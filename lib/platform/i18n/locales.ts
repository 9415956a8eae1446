import { LOCALES, type Locale } from "@/lib/contracts/locales";

export const DEFAULT_LOCALE: Locale = "en";
export const LOCALE_COOKIE = "landfall-locale";
/** Set by the browser, so that the server's first rendering already uses the reader's time zone. */
export const TIME_ZONE_COOKIE = "landfall-time-zone";

export function isLocale(value: unknown): value is Locale {
  return typeof value === "string" && Object.hasOwn(LOCALES, value);
}

export function localeOfTag(tag: string): Locale {
  const key = tag.split("-")[0];
  return isLocale(key) ? key : DEFAULT_LOCALE;
}

/** The preferred supported language of an Accept-Language header, by weight. */
export function acceptedLocale(header: string | null | undefined): Locale | undefined {
  return (header ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...params] = part.trim().split(";");
      const weight = params.map((param) => param.trim()).find((param) => param.startsWith("q="));
      return { key: tag.trim().toLowerCase().split("-")[0], weight: weight ? Number(weight.slice(2)) : 1 };
    })
    .sort((a, b) => b.weight - a.weight)
    .map(({ key }) => key)
    .find(isLocale);
}
