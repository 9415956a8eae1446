"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";

export function AddServerButton() {
  const t = useTranslations("targets");
  if (!useCan()("target:write")) return null;
  return (
    <Button asChild variant="primary">
      <Link href="/targets/new">
        <Plus aria-hidden />
        {t("add")}
      </Link>
    </Button>
  );
}
