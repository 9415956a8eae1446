/*
 * The input of POST /api/deploy. Two documented APIs use this address: a body with a `name` and no `service_name`
 * requests a stack. Any other body is a deployer request, which is read as a service of ours.
 */
import * as z from "zod";
import type { HealthCheck } from "@/lib/contracts/health-check";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { DriverKind, Environment } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import { NewStack } from "@/lib/contracts/stack";
import { DeployerAccepted, DeployerRequest } from "./deployer";
import { StackAccepted } from "./stack";

export const DeployRequest = z.union([NewStack, DeployerRequest]);
export type DeployRequest = z.infer<typeof DeployRequest>;

export const DeployAccepted = z.union([StackAccepted, DeployerAccepted]);

export function meansStack(body: unknown): boolean {
  return typeof body === "object" && body !== null && "name" in body && !("service_name" in body);
}

export function shapeOfDeployRequest(body: unknown): z.ZodType<DeployRequest> {
  return meansStack(body) ? NewStack : DeployerRequest;
}

/** The setting with the start command in each driver. */
const START_SETTING = { process: "start", systemd: "start", docker: "command" } as const;
type DeployerMethod = keyof typeof START_SETTING;

interface ServiceOfRequest {
  name: string;
  driver: DriverKind;
  source: Source;
  port: number;
  autoRegister: boolean;
  dropletId?: number;
  environment?: Environment;
  health?: Pick<HealthCheck, "portTimeoutMs">;
  healthPath?: string;
  settings?: Record<string, string>;
  target?: string;
}

/** `usualMethod` is the method when the request names none. */
export function serviceOfRequest(request: DeployerRequest, usualMethod: DeployerMethod): ServiceOfRequest {
  const driver = request.deployment_method ?? usualMethod;
  return {
    name: request.service_name,
    driver,
    source: { kind: "folder", path: request.service_path },
    port: request.service_port,
    autoRegister: request.auto_register ?? true,
    dropletId: request.droplet_id ?? undefined,
    environment: request.environment_vars ?? undefined,
    health: request.startup_timeout_seconds ? { portTimeoutMs: request.startup_timeout_seconds * 1_000 } : undefined,
    healthPath: request.health_path ?? undefined,
    settings: request.start_command ? { [START_SETTING[driver]]: request.start_command } : undefined,
    target: request.target ?? undefined,
  };
}

/** As much of a refused body as can be read, so that its other fields can be checked too. */
export function partOfService(body: unknown, usualMethod: DeployerMethod): Record<string, unknown> {
  if (typeof body !== "object" || body === null) return {};
  const given = body as Record<string, unknown>;
  const { service_name: name, service_path: path, service_port: port, deployment_method: method, target } = given;
  return { name, port, driver: method ?? usualMethod, target: target ?? undefined, source: { kind: "folder", path } };
}

/** The deployer API's field names and a service's own: [theirs, ours]. */
const FIELDS = [
  [["service_name"], ["name"]],
  [["service_path"], ["source", "path"]],
  [["service_port"], ["port"]],
  [["deployment_method"], ["driver"]],
  [["droplet_id"], ["dropletId"]],
  [["environment_vars"], ["environment"]],
  [["auto_register"], ["autoRegister"]],
  [["startup_timeout_seconds"], ["health", "portTimeoutMs"]],
  [["health_path"], ["healthPath"]],
  [["start_command"], ["settings", "start"]],
  [["start_command"], ["settings", "command"]],
] as const;

/** An invalid field under the caller's name for it. */
export function toDeployerField(field: FieldError): FieldError {
  const known = FIELDS.find(([, ours]) => ours.every((part, index) => field.path[index] === part));
  return known ? { ...field, path: [...known[0], ...field.path.slice(known[1].length)] } : field;
}

export function toDeployerProblem(error: unknown): unknown {
  if (!(error instanceof Problem) || error.fields.length === 0) return error;
  const { code, params, detail } = error;
  return new Problem(code, { params, detail, fields: error.fields.map(toDeployerField), cause: error });
}
