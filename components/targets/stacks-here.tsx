"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { useCan } from "@/components/layout/viewer";
import { stackQueries } from "@/components/stacks/queries";
import { StackRows } from "@/components/stacks/stack-row";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";

/** The stacks on one server, as far as one may see them. */
export function StacksHere({ target }: { target: string }) {
  const t = useTranslations("dokploy");
  const seesAll = useCan()("service:read", { ownerId: null });
  const query = useInfiniteQuery(stackQueries.list(seesAll ? { all: "true" } : {}));
  const here = allItems(query.data)?.filter((stack) => stack.target.name === target);
  return (
    <Card flush title={t("stacksHere")} className="overflow-hidden">
      <ListPanel
        query={query}
        items={here}
        empty={<EmptyState icon={Layers} title={t("noStacksTitle")} text={t("noStacksText")} />}
      >
        {(stacks) => <StackRows plain stacks={stacks} showOwner={seesAll} />}
      </ListPanel>
    </Card>
  );
}
