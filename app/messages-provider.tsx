"use client";

import { NextIntlClientProvider, useLocale } from "next-intl";
import type { ReactNode } from "react";
import type { Locale } from "@/lib/contracts/locale";
import type { Messages } from "@/lib/i18n/messages";
import ar from "@/lib/i18n/messages/ar.json";
import en from "@/lib/i18n/messages/en.json";
import nl from "@/lib/i18n/messages/nl.json";

/** All languages in one file: a page that had to wait for its own would lose what is typed into it meanwhile. */
const MESSAGES: Record<Locale, Messages> = { en, nl, ar };

/** Every sentence, for the components of the browser: from a file that it keeps, which makes each page 80 KB lighter. */
export function MessagesProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  return (
    <NextIntlClientProvider locale={useLocale()} messages={MESSAGES[locale]}>
      {children}
    </NextIntlClientProvider>
  );
}
