import { useRouter } from "next/navigation";
import { useLocale } from "next-intl";
import { LOCALE_COOKIE, type Locale, localeOfTag } from "@/lib/i18n/locales";
import { writeCookie } from "./cookie";

/** The language of the page and how to change it; the page is rendered again, nothing on it is lost. */
export function useLocaleSwitch(): { locale: Locale; setLocale: (locale: Locale) => void } {
  const locale = localeOfTag(useLocale());
  const router = useRouter();
  const setLocale = (next: Locale) => {
    writeCookie(LOCALE_COOKIE, next);
    router.refresh();
  };
  return { locale, setLocale };
}
