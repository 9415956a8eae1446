import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployProject } from "./client/types";
import { ProjectReceipt, projectIdOf, type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./context";
import { applicationsNamed, findOurs, forgetAll, isEmpty, markerOf } from "./ours";

/** Every stack has a project of its own. Names are not unique, so it is searched by its marker before one is created. */
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

/** A project that an earlier failed deployment left counts as created by this one if no release was live: the undo removes it. */
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
 * Keeps one project: the application's project, else the oldest. A second project exists where the answer to a create
 * request was lost. Only empty projects are removed.
 */
export async function keepOneProject(ctx: StackContext): Promise<DokployProject | null> {
  const { projects } = await findOurs(ctx);
  const kept = projects.find((project) => applicationsNamed(project, ctx.serviceName).length > 0) ?? projects[0];
  for (const project of projects) if (project !== kept && isEmpty(project)) await removeProject(ctx, project);
  return kept ?? null;
}

/**
 * The removal of a project deletes only rows, and would leave its containers running. So a project with the stack's
 * application is an error, and a project to which a person added services is kept with a warning.
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

/** Version 0.24 has no environments; newer versions create the first one with the project. */
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
