import * as z from "zod";
import { applicationIfThere, requirePermission } from "../access";
import { notFound } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import type { Job } from "../queue";
import type { DeploymentRow } from "../rows";
import { deploymentView } from "../views";
import { id, nothing, number } from "./shapes";

const listOf = (call: Call, applicationId: string): DeploymentRow[] => {
  applicationIfThere(call, applicationId);
  return call.server.state.deploymentsOf(applicationId);
};

function deploymentOf(call: Call, deploymentId: string): DeploymentRow {
  const row = call.server.state.deployments.get(deploymentId);
  if (!row) throw notFound("Deployment");
  applicationIfThere(call, row.applicationId);
  return row;
}

/** A row in the list of the whole server, with its project and environment. */
function centralView({ server: { state } }: Call, row: DeploymentRow) {
  const application = state.applications.get(row.applicationId);
  const environment = state.environments.get(application?.environmentId ?? "");
  const project = state.projects.get(environment?.projectId ?? "");
  return {
    ...deploymentView(row),
    application: {
      ...{ applicationId: row.applicationId, name: application?.name, appName: application?.appName, icon: null },
      environment: {
        ...{ environmentId: environment?.environmentId, name: environment?.name },
        project: { projectId: project?.projectId, name: project?.name },
      },
      ...{ server: null, buildServer: null },
    },
    ...{ compose: null, server: null, buildServer: null },
  };
}

function jobView({ server: { state } }: Call, { job, state: jobState }: { job: Job; state: "waiting" | "active" }) {
  const { applicationId } = job;
  const environmentId = state.applications.get(applicationId)?.environmentId ?? "";
  const projectId = state.environments.get(environmentId)?.projectId;
  const href = `/dashboard/project/${projectId}/environment/${environmentId}/services/application/${applicationId}`;
  return {
    id: job.id,
    name: "deployments",
    data: {
      ...{ applicationId, titleLog: job.title, descriptionLog: job.description, type: job.type },
      ...{ applicationType: "application", server: false },
    },
    timestamp: job.timestamp,
    ...(job.processedOn ? { processedOn: job.processedOn } : {}),
    state: jobState,
    servicePath: { href, label: "Application" },
  };
}

export const deploymentProcedures: Procedures = {
  "deployment.all": query(z.object({ applicationId: id }), ({ applicationId }, call) =>
    listOf(call, applicationId).map(deploymentView),
  ),
  "deployment.allByType": query(z.object({ id, type: z.enum(["application", "compose"]) }), (input, call) =>
    listOf(call, input.id).map((row) => ({
      ...deploymentView(row),
      rollback: call.server.state.rollbacks.get(row.rollbackId ?? "") ?? null,
    })),
  ),
  "deployment.allCentralized": query(nothing, (_, call) => {
    const { state } = call.server;
    const own = ({ applicationId }: DeploymentRow) => {
      const application = state.applications.get(applicationId);
      return application && state.organizationOf(application) === call.caller.organizationId;
    };
    const rows = call.caller.role === "member" ? [] : [...state.deployments.values()].filter(own);
    return rows.reverse().map((row) => centralView(call, row));
  }),
  "deployment.readLogs": query(
    z.object({ deploymentId: id, tail: number.min(1).max(10_000).default(100) }),
    ({ deploymentId, tail }, call) => {
      const lines = (call.server.state.logs.get(deploymentOf(call, deploymentId).deploymentId) ?? "").split("\n");
      return lines.slice(-tail - 1).join("\n");
    },
  ),
  "deployment.removeDeployment": mutation(z.object({ deploymentId: id }), ({ deploymentId }, call) => {
    const row = deploymentOf(call, deploymentId);
    call.server.state.removeDeployment(deploymentId);
    return deploymentView(row);
  }),
  "deployment.queueList": query(nothing, (_, call) => {
    requirePermission(call, "deployment");
    return call.server.queue.list().map((entry) => jobView(call, entry));
  }),
};
