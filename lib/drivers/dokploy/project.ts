import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { markerOf } from "@/lib/drivers/dokploy/client/marker";
import type { DokployProject } from "@/lib/drivers/dokploy/client/types";
import { applicationsNamed, findOurs, forgetAll, isEmpty } from "./ours";
import { ProjectReceipt } from "./receipts";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";

/** Every stack has a project of its own. Names are not unique there, so it is looked for by its marker before one is made. */
export const projectPhase: StackPhase = {
  key: "creating_project",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const begun = ProjectReceipt.safeParse(ctx.receiptOf("creating_project")).data;
    const isUncertain = begun !== undefined && (begun.isUncertain || (begun.made && begun.projectId === undefined));
    const { projectId, made } = (await adopt(ctx, begun?.made)) ?? (await create(ctx, isUncertain));
    await ctx.resources.record({ kind: "project", externalId: projectId, name: ctx.serviceName });
    return { receipt: { projectId, made, isUncertain }, skipped: !made, facts: [verbatim(ctx.serviceName)] };
  },
  undo: removeProjects,
};

/** What a deployment left that could not be undone is this one's to take away: nothing served before. */
async function adopt(ctx: StackContext, begun = ctx.previous === null) {
  const found = await keepOneProject(ctx);
  return found && { projectId: found.projectId, made: begun };
}

async function create(ctx: StackContext, isUncertain: boolean) {
  await ctx.saveReceipt({ made: true, isUncertain });
  const project = { name: ctx.serviceName, description: markerOf(ctx) };
  const { projectId } = await ctx.dokploy.createProject(project, ctx.signal);
  return { projectId, made: true };
}

/**
 * A project whose answer was lost and one that was made instead of it end as one: that which holds the application, else
 * the oldest. Only empty ones are removed.
 */
export async function keepOneProject(ctx: StackContext): Promise<DokployProject | null> {
  const { projects } = await findOurs(ctx);
  const kept = projects.find((project) => applicationsNamed(project, ctx.serviceName).length > 0) ?? projects[0];
  for (const project of projects) if (project !== kept && isEmpty(project)) await removeProject(ctx, project);
  return kept ?? null;
}

/**
 * Only rows go with a project, and what runs would be left: one that still holds the stack's application is not removed,
 * and one into which a person put something of theirs stays.
 */
export async function removeProjects(ctx: StackContext): Promise<void> {
  const { projects } = await findOurs(ctx);
  for (const project of projects) {
    const [left] = applicationsNamed(project, ctx.serviceName);
    if (left) throw new Problem("platform-refused", { detail: `the project still holds the application ${left}` });
    if (isEmpty(project)) await removeProject(ctx, project);
    else ctx.warn(new Problem("platform-refused", { detail: `the project ${project.name} holds services of others` }));
  }
  await forgetAll(ctx, "environment");
  await forgetAll(ctx, "project");
}

async function removeProject(ctx: StackContext, { projectId, name }: DokployProject): Promise<void> {
  await ctx.dokploy.removeProject(projectId, ctx.signal);
  await ctx.resources.forget({ kind: "project", externalId: projectId });
  ctx.log(`removed the project ${name} (${projectId})`);
}
