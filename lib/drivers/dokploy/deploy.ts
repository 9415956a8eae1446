import { fact } from "@/lib/contracts/fact";
import { wantedImage } from "./configuration";
import { deployAndFollow } from "./follow-deployment";
import { applicationOf, FollowedDeployment } from "./receipts";
import { settle } from "./settle";
import { type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";
import { StackProbes } from "./stack-probes";

/**
 * The server pulls the image and gives it to the swarm. That it says `done` proves no more than that. The swarm replaces
 * the containers as soon as it can, so requests to a live stack's address are counted from here on.
 */
export const deployPhase: StackPhase = {
  key: "deploying",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const startedMs = performance.now();
    const before = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
    const probes = new StackProbes(ctx, ctx.spec, { before: before?.probes });
    if (ctx.previous) probes.start();
    try {
      const followed = await deployAndFollow(ctx, {
        ...applicationOf(ctx),
        title: `Landfall ${ctx.deploymentId}`,
        image: wantedImage(ctx),
        followed: before,
        keep: (kept) => ctx.saveReceipt({ ...kept, probes: { ...probes.counted } }),
      });
      const receipt = { ...followed, probes: { ...probes.counted } };
      return { receipt, facts: [fact("server-took", { took: performance.now() - startedMs })] };
    } finally {
      await probes.stop();
    }
  },
  async undo(ctx) {
    await settle(ctx, applicationOf(ctx).applicationId);
  },
};
