import { Layers } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function StackNotFound() {
  const t = useTranslations();
  const back = (
    <Button asChild>
      <Link href="/stacks">{t("navigation.stacks")}</Link>
    </Button>
  );
  return (
    <EmptyState isPage icon={Layers} title={t("stacks.notFoundTitle")} text={t("stacks.notFoundText")} action={back} />
  );
}
