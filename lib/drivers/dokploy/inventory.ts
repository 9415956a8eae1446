import { Problem } from "@/lib/contracts/problem";
import { readMarker } from "@/lib/drivers/dokploy/client/marker";
import type { DokployApplication, DokployProject } from "@/lib/drivers/dokploy/client/types";
import type { DokployPlace, OwnedThing } from "../driver";
import { settle } from "./settle";

/** For a deployment that runs there and cannot be stopped. */
const REMOVE_MS = 100_000;

/** This target's projects on a server, whoever they are of; what bears no marker of ours is not among them. */
export async function listProjects(place: DokployPlace): Promise<OwnedThing[]> {
  const projects = (await place.dokploy.listProjects()).filter((project) => isOurs(place, project));
  return projects.map((project) => toThing(place, project, projects));
}

function isOurs({ targetId }: DokployPlace, { description }: DokployProject): boolean {
  return readMarker(description)?.targetId === targetId;
}

function toThing(place: DokployPlace, project: DokployProject, all: readonly DokployProject[]): OwnedThing {
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
    remove: () => removeProject(place, projectId),
  };
}

/** With a project only rows go, so what runs goes first. Something of a person in it keeps all of it. */
async function removeProject(place: DokployPlace, projectId: string): Promise<void> {
  const signal = AbortSignal.timeout(REMOVE_MS);
  const project = await place.dokploy.findProject(projectId, signal);
  if (!project) return;
  const marker = project.description;
  if (!isOurs(place, project)) throw new Problem("not-an-orphan");
  const { environments } = project;
  const ids = environments.flatMap(({ applications }) => applications.map(({ applicationId }) => applicationId));
  const found = await Promise.all(ids.map((id) => place.dokploy.findApplication(id, signal)));
  const applications = found.filter((application) => application !== null);
  const isForeign = applications.some(({ description }) => description?.trim() !== marker?.trim());
  if (isForeign || environments.some(({ others }) => others > 0))
    throw new Problem("platform-refused", { detail: `the project ${project.name} holds services of others` });
  for (const application of applications) await removeApplication(place, application, signal);
  await place.dokploy.removeProject(projectId, signal);
}

async function removeApplication(
  { dokploy }: DokployPlace,
  { applicationId, domains }: DokployApplication,
  signal: AbortSignal,
): Promise<void> {
  for (const { domainId } of domains) await dokploy.removeDomain(domainId, signal);
  // Deleted while it deploys, it would come up afterwards, and nobody would know it.
  await settle({ dokploy, signal, progress: () => {} }, applicationId);
  await dokploy.removeApplication(applicationId, signal);
}
