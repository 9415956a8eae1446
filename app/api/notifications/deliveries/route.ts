import { NotificationView } from "@/lib/contracts/notification";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { listNotifications } from "@/lib/domain/notifications/deliveries";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What was sent on notification channels, newest first",
    description:
      "Each message with its attempts and answers: one's own, and everybody's for an administrator. Kept for 90 days.",
    permission: "notification:read",
    query: PageQuery.strict(),
    response: pageOf(NotificationView),
  },
  async ({ actor, query }) => listNotifications(actor, query),
);
