import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALES } from "@/lib/contracts/locales";
import { formats } from "@/lib/platform/i18n/formats";
import { acceptedLocale, DEFAULT_LOCALE, isLocale, LOCALE_COOKIE, TIME_ZONE_COOKIE } from "@/lib/platform/i18n/locales";
import { messagesOf } from "@/lib/platform/i18n/messages";
import { currentUser } from "@/lib/web/auth/current-user";

/** This browser's choice, else the person's choice on another one, else the browser's preference. */
async function localeOfRequest(): Promise<Locale> {
  const here = (await cookies()).get(LOCALE_COOKIE)?.value;
  if (isLocale(here)) return here;
  const elsewhere = (await currentUser())?.locale;
  if (isLocale(elsewhere)) return elsewhere;
  return acceptedLocale((await headers()).get("accept-language")) ?? DEFAULT_LOCALE;
}

async function timeZoneOfRequest(): Promise<string> {
  const zone = (await cookies()).get(TIME_ZONE_COOKIE)?.value;
  return zone && isTimeZone(zone) ? zone : "UTC";
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export default getRequestConfig(async () => {
  const locale = await localeOfRequest();
  return {
    locale: LOCALES[locale].tag,
    messages: await messagesOf(locale),
    timeZone: await timeZoneOfRequest(),
    now: new Date(),
    formats,
  };
});
