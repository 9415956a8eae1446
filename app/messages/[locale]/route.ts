import { isLocale } from "@/lib/platform/i18n/locales";
import { messagesText } from "@/lib/web/messages-text";

/** The messages of one language, for browsers. Public, because the sign-in page may need them. */
export async function GET(request: Request, { params }: { params: Promise<{ locale: string }> }): Promise<Response> {
  const { locale } = await params;
  if (!isLocale(locale)) return new Response(null, { status: 404 });
  const { text, version } = await messagesText(locale);
  const isCurrent = new URL(request.url).searchParams.get("v") === version;
  return new Response(text, {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}
