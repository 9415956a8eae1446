import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { isFinished } from "@/lib/contracts/deployment-state";
import { checkFollower } from "@/lib/engine/deployment-commands";
import { findDeployment } from "@/lib/engine/deployment-store";
import { followDeployment } from "@/lib/engine/follow-deployment";
import { route } from "@/lib/web/http/route";
import { eventFrames, lastEventId, sseResponse } from "@/lib/web/http/sse";

export const GET = route(
  {
    summary: "Follow a deployment",
    description:
      "Server-sent events: `id` is the event's number, `event` its type, `data` the event as JSON. `Last-Event-ID` (or `after`) resumes " +
      "without loss or repeats. Ends after the final state; 204 when there is nothing after that number.",
    permission: "deployment:read",
    params: z.object({ deploymentId: z.uuid() }),
    query: z.strictObject({ after: z.coerce.number().int().min(0).max(2_147_483_647).default(0) }),
    contentType: "text/event-stream",
  },
  async ({ actor, params: { deploymentId }, query, request, reader }) => {
    const { state, lastEvent } = authorize(actor, "deployment:read", await findDeployment(deploymentId));
    const after = lastEventId(request) ?? query.after;
    // An EventSource stops at a 204; at the end of a stream it would reconnect.
    if (isFinished(state) && after >= lastEvent) return undefined;
    const follower = reader((who) => checkFollower(deploymentId, who));
    return sseResponse(request, follower, (signal) => eventFrames(followDeployment(deploymentId, after, signal)));
  },
);
