import { Server } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function TargetNotFound() {
  const t = useTranslations();
  const back = (
    <Button asChild>
      <Link href="/targets">{t("navigation.targets")}</Link>
    </Button>
  );
  return (
    <EmptyState
      isPage
      icon={Server}
      title={t("targets.notFoundTitle")}
      text={t("targets.notFoundText")}
      action={back}
    />
  );
}
