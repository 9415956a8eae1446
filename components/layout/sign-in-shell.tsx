import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LocaleSwitch } from "./locale-switch";
import { Logo } from "./logo";
import { ThemeSwitch } from "./theme-switch";

export function SignInShell({ children }: { children: ReactNode }) {
  const t = useTranslations("signIn");
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex justify-end gap-1 p-3">
        <LocaleSwitch />
        <ThemeSwitch />
      </header>
      <main className="mx-auto flex w-full max-w-88 flex-1 flex-col justify-center px-4 pb-28">
        <Logo className="mb-6 size-10" />
        <h1 className="font-semibold text-xl tracking-tight">{t("title")}</h1>
        <p className="mt-1 mb-7 text-muted">{t("subtitle")}</p>
        {children}
      </main>
    </div>
  );
}
