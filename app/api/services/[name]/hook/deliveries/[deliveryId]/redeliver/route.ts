import * as z from "zod";
import { DeliveryView } from "@/lib/contracts/hook";
import { ServiceName } from "@/lib/contracts/service";
import { redeliver } from "@/lib/domain/hooks/hook-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Redeliver a push",
    description:
      "Judges the same push once more, as a delivery of its own and in the name of the caller. A push that was overtaken by a " +
      "newer one is deployed all the same.",
    permission: "service:update",
    rateLimit: "deploy",
    params: z.object({ name: ServiceName, deliveryId: z.uuid() }),
    response: DeliveryView,
    status: 201,
    problems: ["delivery-not-redeliverable"],
  },
  async ({ actor, params: { name, deliveryId } }) => redeliver(name, deliveryId, actor),
);
