import type { Actor } from "@/lib/contracts/user";
import { type RequestOptions, requestRemoval } from "@/lib/engine/request-deployment";
import { ownedStack } from "./owned-stack";
import { getStackDeployment, type StackDeployment } from "./stack-deployment";

/**
 * Asks for domain, application and project to be taken off the server, and what the stack stored with `removeData`. Kept
 * data keeps the name for its owner. Throws not-found for what is no stack, or not the caller's.
 */
export async function removeStack(
  name: string,
  actor: Actor,
  options: RequestOptions & { removeData?: boolean } = {},
): Promise<StackDeployment> {
  await ownedStack(name, actor, "service:delete");
  const { id } = await requestRemoval(name, actor, options);
  return getStackDeployment(id);
}
