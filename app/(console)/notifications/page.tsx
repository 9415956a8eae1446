import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch, prefetchPage } from "@/components/layout/prefetched";
import { Notifications } from "@/components/notifications/notifications";
import { notificationQueries } from "@/components/notifications/queries";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listChannels } from "@/lib/domain/notifications/channel-commands";
import { listNotifications } from "@/lib/domain/notifications/deliveries";
import { listRules } from "@/lib/domain/notifications/rule-commands";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("notifications"))("title") };
}

export default async function NotificationsPage() {
  const actor = await requireActor();
  if (!can(actor, "notification:read")) return <Forbidden />;
  return (
    <Prefetched
      queries={[
        prefetch(notificationQueries.channels(), () => listChannels(actor)),
        prefetch(notificationQueries.rules(), () => listRules(actor)),
        prefetchPage(notificationQueries.deliveries(), () => listNotifications(actor, PageQuery.parse({}))),
      ]}
    >
      <Notifications />
    </Prefetched>
  );
}
