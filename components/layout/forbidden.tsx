import { Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";

/** Shown at the address of a page that the person's role does not include. */
export function Forbidden() {
  const t = useTranslations("errors");
  const home = (
    <Button asChild>
      <Link href="/">{t("backHome")}</Link>
    </Button>
  );
  return <EmptyState isPage icon={Lock} title={t("forbiddenTitle")} text={t("forbiddenText")} action={home} />;
}
