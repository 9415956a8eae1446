import { setTimeout as sleep } from "node:timers/promises";
import { removeContainer } from "../containers";
import { servingNow, type UpdatePhase } from "../update";

/** What was sent to it before the switch is answered by then; who follows a deployment comes back to the new one. */
const DRAIN_MS = 3_000;
const PATIENCE_SECONDS = 10;

/** The old web server goes. From here on nothing is taken back: the new one has proven that it serves. */
export const retirePhase: UpdatePhase = {
  key: "retire",
  title: "Retire",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    const present = await servingNow(ctx);
    if (!present) return { skipped: true };
    await sleep(DRAIN_MS, undefined, { signal: ctx.signal });
    const engine = await ctx.installation.engine();
    for (const { id } of await ctx.installation.websIn(present.slot, ctx.signal)) {
      await removeContainer(engine, id, PATIENCE_SECONDS, ctx.signal);
    }
    return { detail: `${present.release.version} of the slot ${present.slot}` };
  },
};
