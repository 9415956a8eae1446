import type { ExternalResource } from "../driver";
import type { DokployProject } from "./client/types";
import type { DokployAccess, StackContext } from "./context";

/* A service's resources on the server: by the ids that Landfall recorded, and by a marker where an id was lost. */

type Owner = Pick<StackContext, "dokploy" | "targetId" | "serviceId" | "serviceName" | "resources" | "signal">;

export interface Ours {
  /** All projects on the server, of any owner. */
  all: DokployProject[];
  /** The service's own projects, oldest first. */
  projects: DokployProject[];
  /** The ids of the service's applications, recorded ones first; some may be gone. */
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

/** The application of a service, by names alone: the projects of one target have one application of each name. */
export async function findApplicationId(
  { dokploy, targetId, serviceName }: DokployAccess & { serviceName: string },
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

/**
 * The marker of a project: its description, because names are not unique on the server. The target's id distinguishes the
 * Landfall installations that use one server.
 */
export function markerOf({ targetId, serviceId }: { targetId: string; serviceId: string }): string {
  return `Landfall ${targetId}/${serviceId}`;
}

const MARKER = /^Landfall ([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

/** The owner of a project; null for a project that Landfall did not create. */
export function readMarker(description: string | null): { targetId: string; serviceId: string } | null {
  const [, targetId, serviceId] = MARKER.exec(description?.trim() ?? "") ?? [];
  return targetId && serviceId ? { targetId, serviceId } : null;
}

/** The server appends seven characters to an application's name, and the swarm limits names to 63. */
const LONGEST = 56;

/** The part of an application's name that Landfall chooses. */
export function askedAppName(serviceName: string): string {
  return serviceName.slice(0, LONGEST).replace(/-+$/, "");
}
