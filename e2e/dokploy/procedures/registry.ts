import * as z from "zod";
import { applicationOf, requirePermission } from "../access";
import { ApiError, notFound } from "../api-error";
import { loginFailure } from "../image";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { newId, now, type PortRow, type RegistryRow } from "../rows";
import { id, nothing, number, present, text } from "./shapes";

const HOST_AND_PORT = /^$|^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;
const registryUrl = text.refine((url) => HOST_AND_PORT.test(url), {
  error: "Registry URL must be a valid hostname or hostname:port (e.g. registry.example.com or localhost:5000)",
});
const login = { username: text.min(1), password: text.min(1), registryUrl, registryType: z.literal("cloud") };
const newRegistry = z.object({
  registryName: text.min(1),
  username: login.username,
  password: login.password,
  registryUrl,
  registryType: login.registryType,
  imagePrefix: present,
});

function registryOf({ server, caller }: Call, registryId: string): RegistryRow {
  const row = server.state.registries.get(registryId);
  if (!row || row.organizationId !== caller.organizationId) throw notFound("Registry");
  return row;
}

/** The server signs in before it answers, and returns the command's output. */
function test(call: Call, given: Pick<RegistryRow, "registryUrl" | "username" | "password">): true {
  requirePermission(call, "registry");
  const failure = loginFailure(call.server.registries, given);
  if (failure) throw new ApiError("BAD_REQUEST", `Command failed with code 1. Stderr: ${failure}\n`);
  return true;
}

function create(call: Call, input: z.output<typeof newRegistry>): RegistryRow {
  requirePermission(call, "registry");
  const failure = loginFailure(call.server.registries, input);
  if (failure) {
    const command = `printf %s '***' | docker login '${input.registryUrl}' -u '${input.username}' --password-stdin`;
    throw new ApiError("BAD_REQUEST", `Command execution failed: Command failed: ${command}\n${failure}\n`);
  }
  const row = { registryId: newId(), ...input, createdAt: now(), organizationId: call.caller.organizationId };
  call.server.state.registries.set(row.registryId, row);
  return row;
}

const newPort = z.object({
  publishedPort: number,
  publishMode: z.enum(["ingress", "host"]).default("ingress"),
  targetPort: number,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  applicationId: id,
});

export const registryProcedures: Procedures = {
  "registry.create": mutation(newRegistry, (input, call) => create(call, input)),
  /** Including their passwords. */
  "registry.all": query(nothing, (_, call) => {
    requirePermission(call, "registry");
    const all = [...call.server.state.registries.values()];
    return all.filter(({ organizationId }) => organizationId === call.caller.organizationId);
  }),
  "registry.one": query(z.object({ registryId: id }), ({ registryId }, call) => {
    const { password: _, ...row } = registryOf(call, registryId);
    return row;
  }),
  "registry.update": mutation(newRegistry.partial().extend({ registryId: id }), ({ registryId, ...changes }, call) => {
    Object.assign(registryOf(call, registryId), changes);
    return true;
  }),
  "registry.remove": mutation(z.object({ registryId: id }), ({ registryId }, call) => {
    const row = registryOf(call, registryId);
    call.server.state.registries.delete(registryId);
    for (const application of call.server.state.applications.values())
      if (application.rollbackRegistryId === registryId) application.rollbackRegistryId = null;
    return row;
  }),
  "registry.testRegistry": mutation(z.object(login), (input, call) => test(call, input)),
  "registry.testRegistryById": mutation(z.object({ registryId: id }), ({ registryId }, call) =>
    test(call, registryOf(call, registryId)),
  ),

  "port.create": mutation(newPort, (input, call) => {
    const row: PortRow = { portId: newId(), ...input };
    applicationOf(call, input.applicationId);
    call.server.state.ports.set(row.portId, row);
    return row;
  }),
  "port.delete": mutation(z.object({ portId: id }), ({ portId }, call) => {
    const row = call.server.state.ports.get(portId);
    if (!row) throw notFound("Port");
    call.server.state.ports.delete(portId);
    return row;
  }),
};
