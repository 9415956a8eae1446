import { TriangleAlert } from "lucide-react";
import { NextIntlClientProvider, useTranslations } from "next-intl";
import { use } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { LOCALES } from "@/lib/contracts/locales";
import { localeOfTag } from "@/lib/platform/i18n/locales";
import { messagesInBrowser } from "./messages";

interface Props {
  error: Error & { digest?: string };
  reset: () => void;
}

/** The failure may be in the provider of messages, so the report brings its own. */
export default function CrashReport(props: Props) {
  const locale = localeOfTag(document.documentElement.lang);
  return (
    <NextIntlClientProvider locale={LOCALES[locale].tag} messages={use(messagesInBrowser(locale))}>
      <Report {...props} />
    </NextIntlClientProvider>
  );
}

function Report({ error, reset }: Props) {
  const t = useTranslations("errors");
  const common = useTranslations("common");
  const text = (
    <>
      {t("crashText")}
      {error.digest && (
        <span className="mt-2 block text-faint text-sm">
          {t("reference")} <code className="figures">{error.digest}</code>
        </span>
      )}
    </>
  );
  return (
    <main className="grid min-h-[60dvh] place-items-center">
      <title>{`${t("crashTitle")} · Landfall`}</title>
      <EmptyState
        isPage
        icon={TriangleAlert}
        title={t("crashTitle")}
        text={text}
        action={<Button onClick={reset}>{common("tryAgain")}</Button>}
      />
    </main>
  );
}
