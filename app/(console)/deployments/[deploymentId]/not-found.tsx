import { Rocket } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function DeploymentNotFound() {
  const t = useTranslations();
  const back = (
    <Button asChild>
      <Link href="/deployments">{t("navigation.deployments")}</Link>
    </Button>
  );
  return (
    <EmptyState
      isPage
      icon={Rocket}
      title={t("errors.deploymentNotFoundTitle")}
      text={t("errors.deploymentNotFoundText")}
      action={back}
    />
  );
}
