import { Problem } from "@/lib/contracts/problem";
import type { DokployApplication, DokployProject } from "@/lib/drivers/dokploy/client/types";
import type { OwnedThing } from "../driver";
import type { DokployAccess } from "./context";
import { settle } from "./follow-deployment";
import { readMarker } from "./ours";

/** Long enough for a running deployment, which cannot be stopped. */
const REMOVE_MS = 100_000;

/** The target's projects on a server, by their marker, whichever service they belong to. */
export async function listProjects(access: DokployAccess): Promise<OwnedThing[]> {
  const projects = (await access.dokploy.listProjects()).filter((project) => isOurs(access, project));
  return projects.map((project) => toThing(access, project, projects));
}

function isOurs({ targetId }: DokployAccess, { description }: DokployProject): boolean {
  return readMarker(description)?.targetId === targetId;
}

function toThing(access: DokployAccess, project: DokployProject, all: readonly DokployProject[]): OwnedThing {
  const { projectId, name, description } = project;
  const twins = all.filter((other) => other !== project && other.description === description);
  return {
    id: `project:${projectId}`,
    kind: "project",
    name: `${name} (${projectId})`,
    serviceName: name,
    releaseId: null,
    bytes: null,
    owner: {
      serviceId: readMarker(description)?.serviceId ?? "",
      externalId: projectId,
      twins: twins.map((twin) => twin.projectId),
    },
    remove: () => removeProject(access, projectId),
  };
}

/** The removal of a project deletes only rows, so its applications go first. A project with services of a person is kept. */
async function removeProject(access: DokployAccess, projectId: string): Promise<void> {
  const signal = AbortSignal.timeout(REMOVE_MS);
  const project = await access.dokploy.findProject(projectId, signal);
  if (!project) return;
  const marker = project.description;
  if (!isOurs(access, project)) throw new Problem("not-an-orphan");
  const { environments } = project;
  const ids = environments.flatMap(({ applications }) => applications.map(({ applicationId }) => applicationId));
  const found = await Promise.all(ids.map((id) => access.dokploy.findApplication(id, signal)));
  const applications = found.filter((application) => application !== null);
  const isForeign = applications.some(({ description }) => description?.trim() !== marker?.trim());
  if (isForeign || environments.some(({ others }) => others > 0))
    throw new Problem("platform-refused", { detail: `the project ${project.name} holds services of others` });
  for (const application of applications) await removeApplication(access, application, signal);
  await access.dokploy.removeProject(projectId, signal);
}

async function removeApplication(
  { dokploy }: DokployAccess,
  { applicationId, domains }: DokployApplication,
  signal: AbortSignal,
): Promise<void> {
  for (const { domainId } of domains) await dokploy.removeDomain(domainId, signal);
  // An application that is deleted during its deployment starts afterwards, unknown to everyone.
  await settle({ dokploy, signal, progress: () => {} }, applicationId);
  await dokploy.removeApplication(applicationId, signal);
}
