"use client";

import { useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { ChannelList } from "./channel-list";
import { DeliveryList } from "./delivery-list";
import { RuleList } from "./rule-list";

export function Notifications() {
  const t = useTranslations("notifications");
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <div className="flex flex-col gap-5">
        <ChannelList />
        <RuleList />
        <DeliveryList />
      </div>
    </Page>
  );
}
