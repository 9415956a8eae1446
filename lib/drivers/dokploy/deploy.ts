import { duration } from "../quantity";
import { wantedImage } from "./configuration";
import { deployAndFollow } from "./follow-deployment";
import { applicationOf, FollowedDeployment } from "./receipts";
import { settle } from "./settle";
import { type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";

/** The server pulls the image and gives it to the swarm. That it says `done` proves no more than that. */
export const deployPhase: StackPhase = {
  key: "deploying",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const startedMs = performance.now();
    const receipt = await deployAndFollow(ctx, {
      ...applicationOf(ctx),
      title: `Landfall ${ctx.deploymentId}`,
      image: wantedImage(ctx),
      followed: FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data,
      keep: (followed) => ctx.saveReceipt(followed),
    });
    return { receipt, detail: `the server took ${duration(performance.now() - startedMs)}` };
  },
  async undo(ctx) {
    await settle(ctx, applicationOf(ctx).applicationId);
  },
};
