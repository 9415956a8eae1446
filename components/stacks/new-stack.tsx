"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { NewStackForm } from "./new-stack-form";
import { stackQueries } from "./queries";
import { StacksUnconfigured } from "./stacks-unconfigured";

export function NewStack() {
  const t = useTranslations("stackForm");
  const offers = useQuery(stackQueries.offers());
  return (
    <Page className="max-w-xl @lg/page:pt-[6dvh]">
      <Crumbs trail={[{ label: t("title") }]} />
      {offers.data?.length === 0 && <StacksUnconfigured isPage />}
      {offers.data && offers.data.length > 0 && <NewStackForm offers={offers.data} />}
      {!offers.data && offers.error && <ErrorPanel error={offers.error} retry={offers.refetch} />}
      {offers.isPending && (
        <div aria-busy="true" className="grid gap-4">
          <Skeleton className="h-8 w-72 max-w-full" />
          <Skeleton className="h-11" />
          <Skeleton className="h-16" />
        </div>
      )}
    </Page>
  );
}
