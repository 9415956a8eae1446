import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { isFinished } from "@/lib/contracts/deployment-state";
import { findStackDeployment, getStackDeployment } from "@/lib/domain/stacks/stack-deployment";
import { checkFollower } from "@/lib/engine/deployment-commands";
import { followDeployment } from "@/lib/engine/follow-deployment";
import { route } from "@/lib/web/http/route";
import { stackFrames } from "@/lib/web/http/shapes/stack-progress";
import { lastEventId, sseResponse } from "@/lib/web/http/sse";

export const GET = route(
  {
    summary: "Stacks: follow a deployment",
    description:
      "Server-sent events: `progress` (StackProgress) for what happens in each phase, then `complete` (StackComplete) or `error` " +
      "(StackFailure), which is the last. `Last-Event-ID` resumes without loss; 204 when nothing follows it. It stays open until the " +
      "deployment has ended, with comments in between.",
    permission: "deployment:read",
    params: z.object({ deploymentId: z.uuid() }),
    contentType: "text/event-stream",
  },
  async ({ actor, params: { deploymentId }, request, reader, sentences }) => {
    const { state, lastEvent } = authorize(actor, "deployment:read", await findStackDeployment(deploymentId));
    const after = lastEventId(request) ?? 0;
    // An EventSource stops at a 204; at the end of a stream it would reconnect.
    if (isFinished(state) && after >= lastEvent) return undefined;
    const telling = { sentences, read: () => getStackDeployment(deploymentId) };
    const follower = reader((who) => checkFollower(deploymentId, who));
    return sseResponse(request, follower, (signal) =>
      stackFrames(followDeployment(deploymentId, after, signal), telling),
    );
  },
);
