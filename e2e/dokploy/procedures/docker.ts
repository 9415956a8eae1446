import * as z from "zod";
import { requirePermission } from "../access";
import { ApiError, notFound } from "../api-error";
import { behaviourIn } from "../image";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { PROXY_ID } from "../swarm";
import { resolveVariables } from "../variables";
import { deploymentView } from "../views";
import { id, text } from "./shapes";

const named = z.object({ appName: id, serverId: text.optional(), type: text.optional() });

/** Rolls the service back; neither the row nor the list of deployments shows it. */
async function rollBack({ server }: Call, rollbackId: string): Promise<void> {
  const rollback = server.state.rollbacks.get(rollbackId);
  const service = rollback && server.swarm.services.get(String(rollback.fullContext.appName));
  if (!rollback || !service) throw new ApiError("BAD_REQUEST", "Error input: Rolling back");
  const { dockerImage, env } = rollback.fullContext;
  const image = String(dockerImage);
  await server.swarm.apply({
    ...service.spec,
    image,
    behaviour: behaviourIn(server.registries, image),
    environment: resolveVariables(typeof env === "string" ? env : null, { project: "", environment: "" }),
  });
}

/** Removes its deployment too. */
function removeRollback({ server: { state } }: Call, rollbackId: string) {
  const rollback = state.rollbacks.get(rollbackId);
  const deployment = state.deployments.get(rollback?.deploymentId ?? "");
  if (!rollback || !deployment) throw new ApiError("BAD_REQUEST", "Rollback not found");
  state.removeDeployment(rollback.deploymentId);
  return { ...rollback, deployment: deploymentView(deployment) };
}

/** The state in the swarm and Docker, and the server's own rollback. */
export const dockerProcedures: Procedures = {
  "docker.getServiceContainersByAppName": query(named, ({ appName }, call) => {
    requirePermission(call, "docker");
    return call.server.swarm.tasks(appName);
  }),
  "docker.getContainersByAppNameMatch": query(named, ({ appName }, call) => {
    requirePermission(call, "docker");
    return call.server.swarm.containers(appName);
  }),
  "docker.getContainersByAppLabel": query(named, ({ appName }, call) => {
    requirePermission(call, "docker");
    const running = call.server.swarm.containers(appName).filter(({ state }) => state === "running");
    return running.map(({ status: _, ...container }) => container);
  }),
  "docker.getConfig": query(z.object({ containerId: id, serverId: text.optional() }), ({ containerId }, call) => {
    requirePermission(call, "docker");
    const found = call.server.swarm.inspect(containerId);
    if (!found) throw notFound("Container");
    return found;
  }),

  /** `docker service ls`: all services of the swarm in one call. */
  "swarm.getNodeApps": query(z.object({ serverId: text.optional() }), (_, call) => {
    requirePermission(call, "docker");
    return call.server.swarm.list();
  }),
  /** The files in the proxy's container, including one that a kernel without IPVS lacks: no other file is requested. */
  "docker.readContainerFile": query(
    z.object({ containerId: id, path: text.startsWith("/"), serverId: text.optional() }),
    ({ containerId, path }, call) => {
      requirePermission(call, "docker");
      if (containerId === PROXY_ID && path === "/proc/net/ip_vs" && call.server.swarm.hasIpvs)
        return { content: Buffer.from("IP Virtual Server version 1.2.1\n").toString("base64"), truncated: false };
      throw new ApiError("INTERNAL_SERVER_ERROR", `cat: ${path}: No such file or directory\n`);
    },
  ),

  "rollback.rollback": mutation(z.object({ rollbackId: id }), ({ rollbackId }, call) => rollBack(call, rollbackId)),
  "rollback.delete": mutation(z.object({ rollbackId: id }), ({ rollbackId }, call) => removeRollback(call, rollbackId)),
};
