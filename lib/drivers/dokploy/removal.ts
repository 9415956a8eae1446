import { Problem } from "@/lib/contracts/problem";
import { removeDomains } from "./domain";
import { findOurs, forgetAll, idsOf } from "./ours";
import { Pace } from "./pace";
import { removeProjects } from "./project";
import { removeApplications } from "./remove-application";
import type { StackContext, StackPhase } from "./stack-phase";

/** Nothing of a removal is undone: each phase is repeated until it is through. What is gone already is done. */
export const removalPhases: readonly StackPhase[] = [
  {
    key: "removing_domain",
    repeatable: true,
    async run(ctx) {
      const { applicationIds } = await findOurs(ctx);
      for (const applicationId of applicationIds) await removeDomains(ctx, applicationId);
      await forgetAll(ctx, "domain");
      return { detail: ctx.spec.domain ?? undefined };
    },
  },
  {
    key: "removing_application",
    repeatable: true,
    async run(ctx) {
      await removeApplications(ctx);
      return undefined;
    },
  },
  {
    key: "removing_volume",
    repeatable: true,
    async run(ctx) {
      const names = idsOf(await ctx.resources.list(), "volume");
      const detail = names.join(", ");
      if (names.length === 0 || !ctx.spec.removeData) return { skipped: true, detail };
      for (const name of names) await removeVolume(ctx, name);
      return { detail };
    },
  },
  {
    key: "removing_project",
    repeatable: true,
    async run(ctx) {
      await removeProjects(ctx);
      return undefined;
    },
  },
];

/** The last container lets go of it a moment after its service is gone. */
const FREE_WITHIN_MS = 20_000;

async function removeVolume(ctx: StackContext, name: string): Promise<void> {
  const removed = await untilFree(ctx, () => ctx.dokploy.removeVolume(name, ctx.signal));
  if (removed) await ctx.resources.forget({ kind: "volume", externalId: name });
  else ctx.warn(new Problem("volume-kept", { params: { volume: name } }));
}

async function untilFree(ctx: StackContext, remove: () => Promise<boolean>): Promise<boolean> {
  for (const pace = new Pace(); ; await pace.wait(ctx.signal)) {
    try {
      return await remove();
    } catch (error) {
      const isBusy = error instanceof Problem && ["platform-refused", "platform-failed"].includes(error.code);
      if (!isBusy || pace.elapsedMs > FREE_WITHIN_MS) throw error;
    }
  }
}
