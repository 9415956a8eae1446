import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import { getLocale } from "next-intl/server";
import type { ReactNode } from "react";
import { DENSITY_COOKIE } from "@/components/layout/cookie";
import { LOCALES } from "@/lib/contracts/locales";
import { localeOfTag } from "@/lib/platform/i18n/locales";
import { relyingParty } from "@/lib/web/auth/relying-party";
import { messagesAddress } from "@/lib/web/messages-text";
import { EarlyClicks } from "./early-clicks";
import { GeistMono, GeistSans, NotoSansArabic } from "./fonts";
import "./globals.css";
import { Theme } from "./theme";

const METADATA: Metadata = {
  title: { default: "Landfall", template: "%s · Landfall" },
  description: "A self-hosted deployment console",
  robots: { index: false },
  manifest: "/manifest.webmanifest",
  icons: {
    icon: [
      { url: "/favicon.ico", sizes: "32x32" },
      { url: "/icon.svg", type: "image/svg+xml" },
    ],
    apple: "/apple-touch-icon.png",
  },
  openGraph: {
    type: "website",
    siteName: "Landfall",
    title: "Landfall",
    description: "Deploy, verify, roll back: a self-hosted deployment console",
    images: [{ url: "/og.png", width: 1200, height: 630, alt: "Landfall" }],
  },
};

/** Other sites need the image's absolute address: it starts with the console's public address. */
export async function generateMetadata(): Promise<Metadata> {
  const [origin] = relyingParty(await headers()).origins;
  return { ...METADATA, metadataBase: new URL(origin) };
}

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafafa" },
    { media: "(prefers-color-scheme: dark)", color: "#0a0a0c" },
  ],
};

const fonts = `${GeistSans.variable} ${GeistMono.variable} ${NotoSansArabic.variable}`;

/** The parts of every page; those of signed-in pages are in (console)/layout.tsx, so that signing in stays light. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const locale = localeOfTag(await getLocale());
  const { dir } = LOCALES[locale];
  const density = (await cookies()).get(DENSITY_COOKIE)?.value === "compact" ? "compact" : "comfortable";
  const nonce = nonceOf(await headers());
  return (
    <html
      lang={locale}
      dir={dir}
      className={fonts}
      data-density={density}
      data-messages={await messagesAddress(locale)}
      suppressHydrationWarning
    >
      <body>
        <EarlyClicks nonce={nonce} />
        <Theme nonce={nonce}>{children}</Theme>
      </body>
    </html>
  );
}

/** The nonce that proxy.ts put into the policy of this document. */
function nonceOf(sent: Pick<Headers, "get">): string | undefined {
  return /'nonce-([^']+)'/.exec(sent.get("content-security-policy") ?? "")?.[1];
}
