import { Boxes } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function ServiceNotFound() {
  const t = useTranslations();
  const back = (
    <Button asChild>
      <Link href="/services">{t("navigation.services")}</Link>
    </Button>
  );
  return (
    <EmptyState
      isPage
      icon={Boxes}
      title={t("services.notFoundTitle")}
      text={t("services.notFoundText")}
      action={back}
    />
  );
}
