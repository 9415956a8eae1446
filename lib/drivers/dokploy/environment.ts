import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { projectIdOf } from "./receipts";
import type { StackPhase } from "./stack-phase";

/** Version 0.24 has none, and one that is newer makes the first by itself. */
export const environmentPhase: StackPhase = {
  key: "getting_environment",
  repeatable: true,
  async run(ctx) {
    const project = await ctx.dokploy.findProject(projectIdOf(ctx), ctx.signal);
    if (!project) throw new Problem("platform-gone", { detail: `project ${ctx.serviceName}` });
    const { environments } = project;
    const chosen =
      environments.find(({ isDefault }) => isDefault) ??
      environments.find(({ name }) => name === "production") ??
      environments[0];
    const environmentId = chosen?.environmentId ?? null;
    if (environmentId === null) return { skipped: true, receipt: { environmentId } };
    await ctx.resources.record({ kind: "environment", externalId: environmentId, name: chosen?.name ?? null });
    return { receipt: { environmentId }, facts: chosen && [verbatim(chosen.name)] };
  },
};
