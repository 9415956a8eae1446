import { getLocale, getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { LOCALE_KEYS, LOCALES } from "@/lib/contracts/locales";
import { localeOfTag } from "@/lib/platform/i18n/locales";
import { Logo } from "./logo";
import { SignInPreferences } from "./sign-in-preferences";

/** Rendered on the server with all of its texts, so that the sign-in page loads almost no scripts. */
export async function SignInShell({ children }: { children: ReactNode }) {
  const t = await getTranslations();
  const languages = LOCALE_KEYS.map((key) => ({ key, ...LOCALES[key] }));
  const themes = {
    system: t("frame.themeSystem"),
    light: t("frame.themeLight"),
    dark: t("frame.themeDark"),
  };
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex justify-end gap-2 p-3">
        <SignInPreferences
          language={localeOfTag(await getLocale())}
          languages={languages}
          themes={themes}
          words={{ language: t("frame.language"), theme: t("frame.theme") }}
        />
      </header>
      <main className="mx-auto flex w-full max-w-88 flex-1 flex-col justify-center px-4 pb-28">
        <Logo className="mb-6 size-10" />
        <h1 className="font-semibold text-xl tracking-tight">{t("signIn.title")}</h1>
        <p className="mt-1 mb-7 text-muted">{t("signIn.subtitle")}</p>
        {children}
      </main>
    </div>
  );
}
