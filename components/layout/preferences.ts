import { useRouter } from "next/navigation";
import { useLocale } from "next-intl";
import { useState } from "react";
import { useRememberLocale } from "@/components/account/queries";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { toast } from "@/components/ui/toast";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALE_COOKIE, localeOfTag } from "@/lib/platform/i18n/locales";
import { DENSITY_COOKIE, writeCookie } from "./cookie";
import { useIsSignedIn } from "./viewer";

type Density = "comfortable" | "compact";

/** The density of rows in every list; stored in a cookie, so that the server renders with it. */
export function useDensity(): { density: Density; setDensity: (density: Density) => void } {
  const [chosen, setChosen] = useState<Density>();
  const drawn = typeof document === "undefined" ? undefined : document.documentElement.dataset.density;
  const setDensity = (density: Density) => {
    document.documentElement.dataset.density = density;
    writeCookie(DENSITY_COOKIE, density);
    setChosen(density);
  };
  return { density: chosen ?? (drawn === "compact" ? "compact" : "comfortable"), setDensity };
}

/**
 * The language of the page and how to change it; the page is rendered again without losing anything on it. A signed-in
 * person gets the language in their other browsers as well.
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
