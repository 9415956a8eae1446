import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import { NextIntlClientProvider } from "next-intl";
import { getLocale } from "next-intl/server";
import type { ReactNode } from "react";
import { DENSITY_COOKIE } from "@/lib/client/cookie";
import { LOCALES, localeOfTag } from "@/lib/i18n/locales";
import { GeistMono, GeistSans, NotoSansArabic } from "./fonts";
import "./globals.css";
import { MessagesProvider } from "./messages-provider";
import { Providers } from "./providers";

export const metadata: Metadata = {
  title: { default: "Landfall", template: "%s · Landfall" },
  description: "A self-hosted deployment console",
  robots: { index: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafafa" },
    { media: "(prefers-color-scheme: dark)", color: "#0a0a0c" },
  ],
};

const fonts = `${GeistSans.variable} ${GeistMono.variable} ${NotoSansArabic.variable}`;

export default async function RootLayout({ children }: { children: ReactNode }) {
  const locale = localeOfTag(await getLocale());
  const { dir } = LOCALES[locale];
  const policy = (await headers()).get("content-security-policy");
  const nonce = /'nonce-([^']+)'/.exec(policy ?? "")?.[1];
  const density = (await cookies()).get(DENSITY_COOKIE)?.value === "compact" ? "compact" : "comfortable";
  return (
    <html lang={locale} dir={dir} className={fonts} data-density={density} suppressHydrationWarning>
      <body>
        <NextIntlClientProvider messages={null}>
          <MessagesProvider locale={locale}>
            <Providers dir={dir} nonce={nonce}>
              {children}
            </Providers>
          </MessagesProvider>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
