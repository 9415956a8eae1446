import type { ContainerSpec } from "./container";
import { type Behaviour, behaviourIn, loginFailure, readImage } from "./image";
import { type Job, takeTime } from "./queue";
import { digestOf, pushForRollback } from "./registry-log";
import { type ApplicationRow, type DeploymentRow, newId, now } from "./rows";
import type { Server } from "./server";
import { resolveVariables } from "./variables";

const ROWS_KEPT = 10;
const CREDENTIALS_WARNING = `
WARNING! Your credentials are stored unencrypted in '<path>
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

Login Succeeded
`;

/** A failure of the job itself, with its line for the log. */
class JobFailure extends Error {}

/** One deployment: a row, a log, a pull, a service. It uses the application as it was when the job began. */
export async function runJob(server: Server, job: Job, signal: AbortSignal): Promise<void> {
  const found = server.state.applications.get(job.applicationId);
  if (!found) return;
  const row = openRow(server, found, job);
  found.applicationStatus = "running";
  const application = structuredClone(found);
  const log = logOf(server, row.deploymentId);
  let status: "done" | "error" = "done";
  try {
    await deploy(server, { application, row, job, log, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    log(`${error instanceof Error ? error.message : String(error)}\nError occurred ❌, check the logs for details.\n`);
    status = "error";
  }
  row.status = status;
  row.finishedAt = now();
  found.applicationStatus = status;
}

interface Run {
  application: ApplicationRow;
  row: DeploymentRow;
  job: Job;
  log(text: string): void;
  signal: AbortSignal;
}

async function deploy(server: Server, run: Run): Promise<void> {
  const { application, job, log, signal } = run;
  const image = imageOf(application);
  const fault = server.faults.takeForJob()?.kind;
  let behaviour = behaviourIn(server.registries, image);
  if (fault === "job-crash") behaviour = { ...behaviour, exitAfterMs: 0 };
  await server.queue.passHold("begun", signal);
  if (job.type === "deploy") await pull(server, run, image, behaviour, fault === "job-error");
  else if (fault === "job-error") throw new JobFailure("rpc error: code = Unavailable desc = the node is busy");
  await server.queue.passHold("pulled", signal);
  await takeTime(server.jobMs, signal);
  await server.swarm.apply(specOf(server, application, image, behaviour));
  if (application.rollbackActive) pushForRollback(server, run.row, application, log);
}

function imageOf({ sourceType, dockerImage }: ApplicationRow): string {
  if (sourceType !== "docker") throw new JobFailure("Error: ❌ Github Provider not found\n");
  if (!dockerImage) throw new JobFailure("Docker image not found");
  return dockerImage;
}

async function pull(server: Server, run: Run, image: string, behaviour: Behaviour, isBroken: boolean): Promise<void> {
  const { application, log, signal } = run;
  log(`Pulling ${image}\n`);
  logIn(server, application, log);
  await takeTime(server.pullMs + behaviour.slowMs, signal);
  if (isBroken) throw new JobFailure("Error response from daemon: unexpected EOF\n❌ Pulling image failed\n");
  if (behaviour.isMissing)
    throw new JobFailure(
      `Error response from daemon: manifest for ${image} not found: manifest unknown: manifest unknown\n❌ Pulling image failed\n`,
    );
  const { repository, tag } = readImage(image);
  log(`${tag}: Pulling from ${repository}\nDigest: ${digestOf(image)}\n`);
  log(`Status: Image is up to date for ${image}\n${image}\n✅ Pulling image completed.\n`);
}

function logIn(server: Server, { username, password, registryUrl }: ApplicationRow, log: Run["log"]): void {
  if (!username || !password) return;
  const failure = loginFailure(server.registries, { registryUrl: registryUrl ?? "", username, password });
  if (failure) throw new JobFailure(`${failure}\n❌ Login failed\n`);
  log(CREDENTIALS_WARNING);
}

function specOf(server: Server, row: ApplicationRow, image: string, behaviour: Behaviour): ContainerSpec {
  const { state } = server;
  const environment = state.environments.get(row.environmentId);
  const project = state.projects.get(environment?.projectId ?? "");
  const mounts = state.mountsOf(row.applicationId).filter(({ type }) => type === "volume");
  return {
    name: row.appName,
    image,
    behaviour,
    environment: resolveVariables(row.env, { project: project?.env ?? "", environment: environment?.env ?? "" }),
    volumes: mounts.map(({ volumeName, mountPath }) => ({
      name: volumeName ?? `anonymous-${newId()}`,
      path: mountPath,
    })),
    hasHealthCheck: row.healthCheckSwarm !== null,
    isDirect: modeOf(row.endpointSpecSwarm) === "dnsrr",
  };
}

const modeOf = (endpoint: unknown) => (endpoint as { Mode?: string } | null)?.Mode ?? "vip";

/** Deletes the oldest rows beyond the limit. */
function openRow({ state, version }: Server, application: ApplicationRow, job: Job): DeploymentRow {
  const at = now();
  const takesTitle = version.isAtLeast("0.25.0");
  const { appName, applicationId } = application;
  for (const { deploymentId } of state.deploymentsOf(applicationId).slice(ROWS_KEPT))
    state.removeDeployment(deploymentId);
  const row: DeploymentRow = {
    deploymentId: newId(),
    title: takesTitle ? job.title : "Manual deployment",
    description: takesTitle ? job.description : "",
    status: "running",
    logPath: `/etc/dokploy/logs/${appName}/${appName}-${at.slice(0, 19).replace("T", ":")}.log`,
    ...{ applicationId, createdAt: at, startedAt: at, finishedAt: null, rollbackId: null },
  };
  state.deployments.set(row.deploymentId, row);
  state.logs.set(row.deploymentId, "Initializing deployment\n");
  return row;
}

/** Nothing is written any more once the row is deleted. */
function logOf({ state }: Server, deploymentId: string) {
  return (text: string) => {
    const before = state.logs.get(deploymentId);
    if (before !== undefined) state.logs.set(deploymentId, before + text);
  };
}
