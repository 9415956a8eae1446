"use client";

import { Plus, Wrench } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";

/** No stack can be created yet. Operators get buttons to change that; others learn whom to ask. */
export function StacksUnconfigured({ isPage }: { isPage?: boolean }) {
  const t = useTranslations("stacks.unconfigured");
  const may = useCan();
  const isOperator = may("target:write") && may("template:write");
  return (
    <Card>
      <EmptyState
        icon={Wrench}
        {...(isPage && { isPage })}
        title={t("title")}
        text={t(isOperator ? "textOperator" : "text")}
        action={
          isOperator && (
            <div className="flex flex-wrap justify-center gap-2">
              <Button asChild variant="primary">
                <Link href="/targets/new?kind=dokploy">
                  <Plus aria-hidden />
                  {t("addServer")}
                </Link>
              </Button>
              <Button asChild>
                <Link href="/templates/new">{t("addTemplate")}</Link>
              </Button>
            </div>
          )
        }
      />
    </Card>
  );
}
