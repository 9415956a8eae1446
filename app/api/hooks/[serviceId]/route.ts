import * as z from "zod";
import { DeliveryReceipt } from "@/lib/contracts/hook";
import { Problem } from "@/lib/contracts/problem";
import { receiveDelivery } from "@/lib/domain/hooks/receive-delivery";
import { limitRate } from "@/lib/web/auth/rate-limit";
import { answer } from "@/lib/web/http/definition";
import { readBytes, tooLarge } from "@/lib/web/http/read-request";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Deliver a push to a service",
    description:
      "For Git servers. Signed with the hook's secret as GitHub, GitLab, Gitea, Forgejo or Bitbucket sign, or as Standard Webhooks " +
      "describes with the JSON `{ref, commit, before?, message?, author?, at?, paths?}`. At most 1 MiB. A success is answered " +
      "only after the delivery, its verdict and its deployment are stored: 202 where it deploys, 200 where there is nothing to do. " +
      "An unknown service and a wrong signature are answered alike, with 404.",
    public: true,
    rateLimit: "hook-address",
    params: z.object({ serviceId: z.uuid() }),
    response: DeliveryReceipt,
    problems: [
      ...(["rate-limited", "body-too-large", "hook-signature-old", "hook-unreadable", "owner-disabled"] as const),
      ...(["forbidden", "target-disabled", "target-not-granted", "choice-not-granted"] as const),
    ],
  },
  async ({ params: { serviceId }, request }) => {
    const body = await readBytes(request);
    const sent = body === null ? "too-large" : { headers: request.headers, body };
    const received = await receiveDelivery(serviceId, sent, (key) => limitRate("hook-service", key));
    if (body === null) throw tooLarge();
    if (received === null) throw new Problem("not-found");
    if (received.problem) throw received.problem;
    return answer(received.receipt, { status: received.receipt.verdict === "deployed" ? 202 : 200 });
  },
);
