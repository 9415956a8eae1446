"use client";

import { NextIntlClientProvider, useLocale } from "next-intl";
import { type ReactNode, use } from "react";
import type { Locale } from "@/lib/i18n/locales";
import { type Messages, messagesOf } from "@/lib/i18n/messages";

const loaded = new Map<Locale, Promise<Messages>>();

/** One promise per language, for as long as the page or the server lives: React waits for the same one each time. */
function load(locale: Locale): Promise<Messages> {
  const known = loaded.get(locale);
  if (known) return known;
  const loading = messagesOf(locale);
  loaded.set(locale, loading);
  loading.catch(() => loaded.delete(locale)); // the network was away; the next attempt asks again
  return loading;
}

/** Every sentence, for the components of the browser: from a file that it keeps, which makes each page 90 KB lighter. */
export function MessagesProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  return (
    <NextIntlClientProvider locale={useLocale()} messages={use(load(locale))}>
      {children}
    </NextIntlClientProvider>
  );
}
