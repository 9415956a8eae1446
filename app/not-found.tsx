import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { PageMark } from "@/components/layout/page-mark";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

/** Drawn inline: every page includes its not-found page, so it must not load scripts for an icon or a link. */
function Compass(props: ComponentProps<"svg">) {
  return (
    <svg aria-hidden {...props} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2">
      <circle cx="12" cy="12" r="10" />
      <path d="m16 8-2 6-6 2 2-6Z" strokeLinejoin="round" />
    </svg>
  );
}

export default function NotFound() {
  const t = useTranslations("errors");
  const home = (
    <Button asChild>
      <a href="/">{t("backHome")}</a>
    </Button>
  );
  return (
    <main className="grid min-h-dvh place-items-center">
      <PageMark title={t("notFoundTitle")} />
      <EmptyState isPage icon={Compass} title={t("notFoundTitle")} text={t("notFoundText")} action={home} />
    </main>
  );
}
