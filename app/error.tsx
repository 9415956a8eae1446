"use client";

import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
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
