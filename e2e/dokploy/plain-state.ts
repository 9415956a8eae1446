import type { ApplicationStatus } from "./rows";
import type { Server } from "./server";

/** The server's state as plain values, for tests to compare with. */
export interface PlainState {
  projects: { projectId: string; name: string; description: string | null }[];
  applications: {
    applicationId: string;
    name: string;
    appName: string;
    image: string | null;
    env: string | null;
    status: ApplicationStatus;
    projectId: string;
  }[];
  domains: { domainId: string; host: string; port: number | null; https: boolean; applicationId: string | null }[];
  mounts: { mountId: string; volumeName: string | null; mountPath: string; applicationId: string | null }[];
  /** Docker volumes: they are created with the first container, and outlive every row. */
  volumes: string[];
  /** Swarm services. `isOrphan`: no application owns it any more. `runs` is the image of the live container. */
  services: { name: string; image: string; runs: string | null; isOrphan: boolean }[];
  /** Hosts that Traefik still routes. */
  routes: { host: string; appName: string }[];
  /** Waiting and running deployments. */
  jobs: { applicationId: string; title: string; state: "waiting" | "active" }[];
}

export function plainState({ state, swarm, queue }: Server): PlainState {
  const applications = [...state.applications.values()];
  const known = new Set(applications.map(({ appName }) => appName));
  return {
    projects: [...state.projects.values()].map(({ projectId, name, description }) => ({
      projectId,
      name,
      description,
    })),
    applications: applications.map(
      ({ applicationId, name, appName, dockerImage, env, applicationStatus, environmentId }) => ({
        ...{ applicationId, name, appName, image: dockerImage, env, status: applicationStatus },
        projectId: state.environments.get(environmentId)?.projectId ?? "",
      }),
    ),
    domains: [...state.domains.values()].map(({ domainId, host, port, https, applicationId }) => ({
      ...{ domainId, host, port, https, applicationId },
    })),
    mounts: [...state.mounts.values()].map(({ mountId, volumeName, mountPath, applicationId }) => ({
      ...{ mountId, volumeName, mountPath, applicationId },
    })),
    volumes: swarm.runtime.volumes,
    services: [...swarm.services.entries()].map(([name, service]) => ({
      ...{ name, image: service.spec.image, runs: service.live?.spec.image ?? null, isOrphan: !known.has(name) },
    })),
    routes: [...state.routes.values()].map(({ host, appName }) => ({ host, appName })),
    jobs: queue.list().map(({ job, state: jobState }) => ({
      ...{ applicationId: job.applicationId, title: job.title, state: jobState },
    })),
  };
}
