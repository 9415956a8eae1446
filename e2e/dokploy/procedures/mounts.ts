import { randomBytes } from "node:crypto";
import * as z from "zod";
import { applicationIfThere, applicationOf, requirePermission } from "../access";
import { ApiError, failedQuery, notFound } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { type MountRow, newId } from "../rows";
import { mountView, mountWithOwner } from "../views";
import { boolean, id, text } from "./shapes";

const serviceType = z.enum(["application", "postgres", "mysql", "mariadb", "mongo", "redis", "compose", "libsql"]);
const fields = {
  type: z.enum(["bind", "volume", "file"]),
  hostPath: text.nullish(),
  volumeName: text.nullish(),
  filePath: text.nullish(),
  content: text.nullish(),
  mountPath: text.min(1),
};
const newMount = z.object({ ...fields, serviceType: serviceType.optional(), serviceId: id });

/** Neither names nor paths are checked; without a service type it belongs to nothing. */
function create(call: Call, { serviceId, ...given }: z.output<typeof newMount>) {
  const { state, version } = call.server;
  const owner = given.serviceType === "application" ? serviceId : null;
  const row: MountRow = {
    mountId: newId(),
    type: given.type,
    hostPath: given.hostPath ?? null,
    volumeName: given.volumeName ?? null,
    filePath: given.filePath ?? null,
    content: given.content ?? null,
    serviceType: given.serviceType ?? "application",
    mountPath: given.mountPath,
    applicationId: owner,
  };
  if (owner && !state.applications.has(owner)) {
    const statement = 'insert into "mount" ("mountId", "type", …) values ($1, $2, default, $3, …) returning …';
    const values = [row.mountId, row.type, row.volumeName, row.serviceType, row.mountPath, owner];
    throw new ApiError("BAD_REQUEST", `Error ${failedQuery(statement, values)}`);
  }
  if (owner) applicationOf(call, owner);
  state.mounts.set(row.mountId, row);
  return version.isAtLeast("0.28.4") ? mountView(row) : true;
}

function mountOf(call: Call, mountId: string): MountRow {
  const row = call.server.state.mounts.get(mountId);
  if (!row) throw notFound("Mount");
  applicationIfThere(call, row.applicationId);
  return row;
}

export const mountProcedures: Procedures = {
  "mounts.create": mutation(newMount, (input, call) => create(call, input)),
  "mounts.one": query(z.object({ mountId: id }), ({ mountId }, call) =>
    mountWithOwner(call.server.state, mountOf(call, mountId)),
  ),
  "mounts.listByServiceId": query(z.object({ serviceType, serviceId: id }), ({ serviceId }, call) => {
    applicationOf(call, serviceId);
    return call.server.state.mountsOf(serviceId).map(mountView);
  }),
  /** The mounts of the running container; an empty body when none runs. */
  "mounts.allNamedByApplicationId": query(z.object({ applicationId: id }), ({ applicationId }, call) => {
    const { appName } = applicationOf(call, applicationId);
    const service = call.server.swarm.services.get(appName);
    return service?.live?.spec.volumes.map(({ name, path }) => ({ Type: "volume", Name: name, Destination: path }));
  }),
  /** Saves, although the answer is the row before the change. */
  "mounts.update": mutation(
    z.object({ ...fields, type: fields.type.optional(), mountPath: fields.mountPath.optional(), mountId: id }),
    ({ mountId, ...changes }, call) => {
      const row = mountOf(call, mountId);
      const before = mountWithOwner(call.server.state, row);
      Object.assign(row, Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)));
      return before;
    },
  ),
  "mounts.remove": mutation(z.object({ mountId: id }), ({ mountId }, call) => {
    const row = mountOf(call, mountId);
    call.server.state.mounts.delete(mountId);
    return mountView(row);
  }),

  /** 500 both for a volume in use and for a missing one (seen on v0.30.2); an empty body when it is removed. */
  "dockerVolume.removeVolume": mutation(
    z.object({ volumeName: id, force: boolean.optional(), serverId: text.nullish() }),
    ({ volumeName }, call) => {
      requirePermission(call, "docker");
      const { swarm } = call.server;
      const fail = (said: string) => {
        const failed = `Command execution failed: Command failed: docker volume rm ${volumeName}`;
        throw new ApiError("INTERNAL_SERVER_ERROR", `${failed}\nError response from daemon: ${said}\n`);
      };
      if (swarm.isVolumeUsed(volumeName))
        fail(`remove ${volumeName}: volume is in use - [${randomBytes(32).toString("hex")}]`);
      if (!swarm.runtime.removeVolume(volumeName)) fail(`get ${volumeName}: no such volume`);
    },
  ),
};
