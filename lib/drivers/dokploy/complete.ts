import { duration } from "../quantity";
import { keepOneApplication } from "./application";
import { wantedImage } from "./configuration";
import { domainOf, keepDomain } from "./domain";
import { keepMounts } from "./mounts";
import { keepOneProject } from "./project";
import { applicationOf, StartReceipt } from "./receipts";
import { stackAddress } from "./stack-address";
import type { StackPhase } from "./stack-phase";

/** What the server made of a request whose answer was lost may have come up only now. It serves all the same. */
export const completePhase: StackPhase = {
  key: "completed",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    await keepOneProject(ctx);
    await keepOneApplication(ctx);
    await keepMounts(ctx, applicationOf(ctx).applicationId, ctx.spec.volumes);
    await keepDomain(ctx, domainOf(ctx.spec));
    const { startedAt = Date.now() } = StartReceipt.safeParse(ctx.receiptOf("initializing")).data ?? {};
    const { url } = stackAddress(ctx.spec, ctx.ways);
    return { detail: `${url} · ${wantedImage(ctx)} · ${duration(Date.now() - startedAt)}` };
  },
};
