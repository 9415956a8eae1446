import { Problem, type ProblemCode } from "@/lib/contracts/problem";
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
const IN_USE: ProblemCode[] = ["platform-refused", "platform-failed"];

async function removeVolume(ctx: StackContext, name: string): Promise<void> {
  const refusal = await untilFree(ctx, () => ctx.dokploy.removeVolume(name, ctx.signal));
  if (refusal === null) return ctx.resources.forget({ kind: "volume", externalId: name });
  ctx.warn(new Problem("volume-kept", { params: { volume: name }, detail: refusal }));
}

/** Null once it is removed; else why the server keeps it, which is no reason to keep everything else. */
async function untilFree(ctx: StackContext, remove: () => Promise<boolean>): Promise<string | null> {
  for (const pace = new Pace(); ; await pace.wait(ctx.signal)) {
    try {
      return (await remove()) ? null : "this version of Dokploy offers no way to remove a volume";
    } catch (error) {
      if (!(error instanceof Problem && IN_USE.includes(error.code))) throw error;
      if (pace.elapsedMs > FREE_WITHIN_MS) return error.message;
    }
  }
}
