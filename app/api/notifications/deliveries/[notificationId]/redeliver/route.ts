import * as z from "zod";
import { NotificationView } from "@/lib/contracts/notification";
import { redeliverNotification } from "@/lib/domain/notifications/deliveries";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Send a notification once more",
    description: "A message of its own, which is sent at once. One that still waits is not sent twice.",
    permission: "notification:write",
    rateLimit: "check",
    params: z.object({ notificationId: z.uuid() }),
    response: NotificationView,
    status: 201,
    problems: ["delivery-not-redeliverable"],
  },
  async ({ actor, params: { notificationId } }) => redeliverNotification(notificationId, actor),
);
