import * as z from "zod";
import { NewStack } from "@/lib/contracts/stack";
import { DeployerAccepted, DeployerRequest } from "./deployer";
import { StackAccepted } from "./stack";

/** One address takes what two documented APIs send to it; a body with a `name` and no `service_name` means a stack. */

export const DeployRequest = z.union([NewStack, DeployerRequest]);
export type DeployRequest = z.infer<typeof DeployRequest>;

export const DeployAccepted = z.union([StackAccepted, DeployerAccepted]);

export function meansStack(body: unknown): boolean {
  return typeof body === "object" && body !== null && "name" in body && !("service_name" in body);
}

export function shapeOfDeployRequest(body: unknown): z.ZodType<DeployRequest> {
  return meansStack(body) ? NewStack : DeployerRequest;
}
