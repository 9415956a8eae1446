import { LayoutTemplate } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function TemplateNotFound() {
  const t = useTranslations();
  const back = (
    <Button asChild>
      <Link href="/templates">{t("navigation.templates")}</Link>
    </Button>
  );
  return (
    <EmptyState
      isPage
      icon={LayoutTemplate}
      title={t("templates.notFoundTitle")}
      text={t("templates.notFoundText")}
      action={back}
    />
  );
}
