"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { NextIntlClientProvider, useTimeZone } from "next-intl";
import { Direction } from "radix-ui";
import { type ReactNode, use, useEffect, useState } from "react";
import { makeQueryClient } from "@/components/api/query-client";
import { writeCookie } from "@/components/layout/cookie";
import { messagesInBrowser } from "@/components/layout/messages";
import { ToastList } from "@/components/ui/toast";
import type { Locale } from "@/lib/contracts/locale";
import type { LocaleTag } from "@/lib/contracts/locales";
import { formats } from "@/lib/platform/i18n/formats";
import { TIME_ZONE_COOKIE } from "@/lib/platform/i18n/locales";

interface Props {
  language: Locale;
  tag: LocaleTag;
  dir: "ltr" | "rtl";
  /** The time zone that the server formatted times with: the browser's first rendering must be identical. */
  timeZone: string;
  now: Date;
  children: ReactNode;
}

/** The context of every signed-in page: messages, queries, direction, notices. */
export function Providers({ language, tag, dir, timeZone, now, children }: Props) {
  const [queryClient] = useState(makeQueryClient);
  return (
    <NextIntlClientProvider
      locale={tag}
      messages={use(messagesInBrowser(language))}
      formats={formats}
      timeZone={timeZone}
      now={now}
    >
      <ReportedTimeZone />
      <QueryClientProvider client={queryClient}>
        <Direction.Provider dir={dir}>
          {children}
          <ToastList />
        </Direction.Provider>
      </QueryClientProvider>
    </NextIntlClientProvider>
  );
}

/** Reports the browser's time zone once, so that the server formats times for it from the next page on. */
function ReportedTimeZone() {
  const rendered = useTimeZone();
  const router = useRouter();
  useEffect(() => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!here || here === rendered) return;
    writeCookie(TIME_ZONE_COOKIE, here);
    router.refresh();
  }, [rendered, router]);
  return null;
}
