"use client";

import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALE_COOKIE } from "@/lib/platform/i18n/locales";
import { writeCookie } from "./cookie";

interface Props {
  language: Locale;
  languages: readonly { key: Locale; name: string; dir: "ltr" | "rtl" }[];
  themes: Record<"system" | "light" | "dark", string>;
  words: { language: string; theme: string };
}

const style =
  "h-8 cursor-pointer rounded-md border border-transparent bg-transparent px-2 text-muted text-sm hover:border-line-strong";

/** Language and theme as native select elements. */
export function SignInPreferences({ language, languages, themes, words }: Props) {
  const router = useRouter();
  const { theme, setTheme } = useTheme();
  const isInBrowser = useIsInBrowser();
  const choose = (next: string) => {
    writeCookie(LOCALE_COOKIE, next);
    router.refresh();
  };
  return (
    <>
      <select
        aria-label={words.language}
        value={language}
        onChange={({ target }) => choose(target.value)}
        className={style}
      >
        {languages.map(({ key, name, dir }) => (
          <option key={key} value={key} lang={key} dir={dir}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={words.theme}
        value={(isInBrowser && theme) || "system"}
        onChange={({ target }) => setTheme(target.value)}
        className={style}
      >
        {Object.entries(themes).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </>
  );
}
