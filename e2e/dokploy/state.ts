import type {
  ApplicationRow,
  ComposeRow,
  DeploymentRow,
  DomainRow,
  EnvironmentRow,
  MountRow,
  PortRow,
  ProjectRow,
  RegistryRow,
  RollbackRow,
} from "./rows";

/** Traefik's configuration of a domain: a file of its own, which outlives the rows when a project is removed. */
export interface Route {
  host: string;
  path: string;
  port: number;
  https: boolean;
  certificateType: string;
  appName: string;
}

/** The rows of the server's database, and the files that it has written. Insertion order is age. */
export class State {
  readonly projects = new Map<string, ProjectRow>();
  readonly environments = new Map<string, EnvironmentRow>();
  readonly applications = new Map<string, ApplicationRow>();
  readonly domains = new Map<string, DomainRow>();
  /** By name. */
  readonly composes = new Map<string, ComposeRow>();
  readonly mounts = new Map<string, MountRow>();
  readonly deployments = new Map<string, DeploymentRow>();
  readonly rollbacks = new Map<string, RollbackRow>();
  readonly registries = new Map<string, RegistryRow>();
  readonly ports = new Map<string, PortRow>();
  /** By the id of the deployment. */
  readonly logs = new Map<string, string>();
  /** By the id of the domain. */
  readonly routes = new Map<string, Route>();
  #domainNumber = 0;

  nextDomainNumber(): number {
    this.#domainNumber += 1;
    return this.#domainNumber;
  }

  environmentsOf(projectId: string): EnvironmentRow[] {
    return [...this.environments.values()].filter((row) => row.projectId === projectId);
  }
  applicationsOf(environmentId: string): ApplicationRow[] {
    return [...this.applications.values()].filter((row) => row.environmentId === environmentId);
  }
  domainsOf(applicationId: string): DomainRow[] {
    return [...this.domains.values()].filter((row) => row.applicationId === applicationId);
  }
  mountsOf(applicationId: string): MountRow[] {
    return [...this.mounts.values()].filter((row) => row.applicationId === applicationId);
  }
  composesOf(environmentId: string): ComposeRow[] {
    return [...this.composes.values()].filter((row) => row.environmentId === environmentId);
  }
  /** Newest first. */
  deploymentsOf(applicationId: string): DeploymentRow[] {
    return [...this.deployments.values()].filter((row) => row.applicationId === applicationId).reverse();
  }
  organizationOf({ environmentId }: { environmentId: string }): string | undefined {
    const environment = this.environments.get(environmentId);
    return environment && this.projects.get(environment.projectId)?.organizationId;
  }

  removeDeployment(deploymentId: string): void {
    for (const { rollbackId } of [...this.rollbacks.values()].filter((row) => row.deploymentId === deploymentId))
      this.rollbacks.delete(rollbackId);
    this.deployments.delete(deploymentId);
    this.logs.delete(deploymentId);
  }
  /** Only the rows; the caller handles files and containers. */
  removeApplication(applicationId: string): void {
    for (const { domainId } of this.domainsOf(applicationId)) this.domains.delete(domainId);
    for (const { mountId } of this.mountsOf(applicationId)) this.mounts.delete(mountId);
    for (const { deploymentId } of this.deploymentsOf(applicationId)) this.removeDeployment(deploymentId);
    for (const port of [...this.ports.values()])
      if (port.applicationId === applicationId) this.ports.delete(port.portId);
    this.applications.delete(applicationId);
  }
  removeEnvironment(environmentId: string): void {
    for (const { applicationId } of this.applicationsOf(environmentId)) this.removeApplication(applicationId);
    this.environments.delete(environmentId);
  }
  removeProject(projectId: string): void {
    for (const { environmentId } of this.environmentsOf(projectId)) this.removeEnvironment(environmentId);
    this.projects.delete(projectId);
  }
}
