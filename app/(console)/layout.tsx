import { cookies, headers } from "next/headers";
import { getLocale, getNow, getTimeZone } from "next-intl/server";
import type { ReactNode } from "react";
import { preload } from "react-dom";
import { SIDEBAR_COOKIE } from "@/components/layout/cookie";
import { Frame } from "@/components/layout/frame";
import { AskedHostProvider, ViewerProvider } from "@/components/layout/viewer";
import { LOCALES } from "@/lib/contracts/locales";
import { localeOfTag } from "@/lib/platform/i18n/locales";
import { requireUser } from "@/lib/web/auth/current-user";
import { messagesAddress } from "@/lib/web/messages-text";
import { Providers } from "./providers";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const user = await requireUser();
  const tag = await getLocale();
  const language = localeOfTag(tag);
  const moment = { timeZone: await getTimeZone(), now: await getNow() };
  const host = (await headers()).get("host");
  const collapsed = (await cookies()).get(SIDEBAR_COOKIE)?.value === "collapsed";
  preload(await messagesAddress(language), { as: "fetch", crossOrigin: "anonymous" });
  return (
    <Providers language={language} tag={tag} dir={LOCALES[language].dir} {...moment}>
      <ViewerProvider viewer={user}>
        <AskedHostProvider host={host}>
          <Frame collapsed={collapsed}>{children}</Frame>
        </AskedHostProvider>
      </ViewerProvider>
    </Providers>
  );
}
