import { useRouter } from "next/navigation";
import { useLocale } from "next-intl";
import { useRememberLocale } from "@/components/account/queries";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { toast } from "@/components/ui/toast";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALE_COOKIE, localeOfTag } from "@/lib/platform/i18n/locales";
import { writeCookie } from "./cookie";
import { useIsSignedIn } from "./viewer";

/**
 * The language of the page and how to change it; the page is rendered again, nothing on it is lost. Whoever is signed in
 * finds it on their other browsers as well.
 */
export function useLocaleSwitch(): { locale: Locale; setLocale: (locale: Locale) => void } {
  const locale = localeOfTag(useLocale());
  const router = useRouter();
  const isSignedIn = useIsSignedIn();
  const remember = useRememberLocale();
  const sentence = useProblemSentence();
  const setLocale = (next: Locale) => {
    writeCookie(LOCALE_COOKIE, next);
    if (isSignedIn) remember.mutate(next, { onError: (error) => toast.failed(sentence(error)) });
    router.refresh();
  };
  return { locale, setLocale };
}
