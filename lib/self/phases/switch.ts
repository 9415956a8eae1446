import { nextSlot, servingNow, type UpdatePhase } from "../update";

/** One file: Caddy looks at it for each request. */
export const switchPhase: UpdatePhase = {
  key: "switch",
  title: "Switch",
  repeatable: true,
  async run(ctx) {
    const slot = await nextSlot(ctx);
    await ctx.installation.sendTo(slot);
    return { detail: `to ${slot}` };
  },
  async undo(ctx) {
    const present = await servingNow(ctx);
    if (present) await ctx.installation.sendTo(present.slot);
  },
};
