import { markerOf, readMarker } from "@/lib/drivers/dokploy/client/marker";
import type { DokployProject } from "@/lib/drivers/dokploy/client/types";
import type { DokployPlace, ExternalResource } from "../driver";
import type { StackContext } from "./stack-phase";

/** What of a server is this service's: by the ids that were written down, and by the marker where one was lost. */

type Owner = Pick<StackContext, "dokploy" | "targetId" | "serviceId" | "serviceName" | "resources" | "signal">;

export interface Ours {
  /** Everybody's. */
  all: DokployProject[];
  /** Oldest first. */
  projects: DokployProject[];
  /** Recorded ones first; some may be gone. */
  applicationIds: string[];
  resources: ExternalResource[];
}

export async function findOurs(ctx: Owner): Promise<Ours> {
  const [all, resources] = await Promise.all([ctx.dokploy.listProjects(ctx.signal), ctx.resources.list()]);
  const recorded = new Set(idsOf(resources, "project"));
  const marker = markerOf(ctx);
  // The server lists the newest first.
  const projects = all
    .filter(({ projectId, description }) => recorded.has(projectId) || description?.trim() === marker)
    .reverse();
  const named = projects.flatMap((project) => applicationsNamed(project, ctx.serviceName));
  return { all, projects, resources, applicationIds: [...new Set([...idsOf(resources, "application"), ...named])] };
}

export function idsOf(resources: readonly ExternalResource[], kind: ExternalResource["kind"]): string[] {
  return resources.filter((resource) => resource.kind === kind).map(({ externalId }) => externalId);
}

export function applicationsNamed({ environments }: DokployProject, serviceName: string): string[] {
  return environments
    .flatMap(({ applications }) => applications)
    .filter(({ name }) => name === serviceName)
    .map(({ applicationId }) => applicationId);
}

export function isEmpty({ environments }: DokployProject): boolean {
  return environments.every(({ applications, others }) => applications.length === 0 && others === 0);
}

/** The application of a service whose id is not known: one target's projects name their services once. */
export async function findApplicationId(
  { dokploy, targetId, serviceName }: DokployPlace & { serviceName: string },
  signal?: AbortSignal,
): Promise<string | null> {
  for (const project of await dokploy.listProjects(signal)) {
    if (readMarker(project.description)?.targetId !== targetId) continue;
    const [applicationId] = applicationsNamed(project, serviceName);
    if (applicationId) return applicationId;
  }
  return null;
}

export async function forgetAll(ctx: Pick<StackContext, "resources">, kind: ExternalResource["kind"]): Promise<void> {
  for (const externalId of idsOf(await ctx.resources.list(), kind)) await ctx.resources.forget({ kind, externalId });
}
