import { fact } from "@/lib/contracts/fact";
import { keepOneApplication } from "./application";
import { wantedImage } from "./configuration";
import { domainOf, keepDomain } from "./domain";
import { keepMounts } from "./mounts";
import { keepOneProject } from "./project";
import {
  ApplicationReceipt,
  applicationOf,
  ConfigurationReceipt,
  DomainReceipt,
  ProjectReceipt,
  StartReceipt,
} from "./receipts";
import { stackAddress } from "./stack-address";
import type { StackContext, StackPhase } from "./stack-phase";

/**
 * What the server made of a request whose answer was lost may have come up only now: then everything is looked at once
 * more. Where every answer came there is nothing to ask.
 */
export const completePhase: StackPhase = {
  key: "completed",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    if (isUncertain(ctx)) {
      await keepOneProject(ctx);
      await keepOneApplication(ctx);
      const { applicationId } = applicationOf(ctx);
      await Promise.all([
        keepMounts(ctx, applicationId, ctx.spec.volumes, { isUncertain: true }),
        keepDomain(ctx, domainOf(ctx.spec), { isUncertain: true }),
      ]);
    }
    const { startedAt = Date.now() } = StartReceipt.safeParse(ctx.receiptOf("initializing")).data ?? {};
    const { url } = stackAddress(ctx.spec, ctx.ways);
    return { facts: [fact("completed", { url, image: wantedImage(ctx), took: Date.now() - startedAt })] };
  },
};

function isUncertain(ctx: StackContext): boolean {
  return [
    ProjectReceipt.safeParse(ctx.receiptOf("creating_project")),
    ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")),
    ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")),
    DomainReceipt.safeParse(ctx.receiptOf("creating_domain")),
  ].some(({ data }) => data?.isUncertain);
}
