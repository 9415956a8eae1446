import { Compass } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function NotFound() {
  const t = useTranslations("errors");
  const home = (
    <Button asChild>
      <Link href="/">{t("backHome")}</Link>
    </Button>
  );
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState isPage icon={Compass} title={t("notFoundTitle")} text={t("notFoundText")} action={home} />
    </main>
  );
}
