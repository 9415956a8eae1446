import { authorize, ownedBy } from "@/lib/contracts/authorize";
import type { Page, PageQuery } from "@/lib/contracts/page";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { StackSummary } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { findStack, listStacks } from "./stack-store";

/** Readers that know who asks. Throw not-found or forbidden as authorize() does. */

export async function ownedStack(name: string, actor: Actor, action: Action = "service:read"): Promise<StackSummary> {
  const stack = await findStack(name);
  const subject = stack && { ownerId: stack.owner.id, serviceId: stack.id, targetId: stack.target.id };
  authorize(actor, action, subject);
  if (stack === null) throw new Problem("not-found");
  return stack;
}

/** One's own; with `all` those of everybody, or of one owner, as far as the caller may see them. */
export function listOwnedStacks(
  { all = false, owner }: { all?: boolean; owner?: string },
  page: PageQuery,
  actor: Actor,
): Promise<Page<StackSummary>> {
  const mayReach = ownedBy(actor, "service:read");
  const wanted = all ? owner : (actor.id ?? undefined);
  return listStacks({ ...(wanted !== undefined && { ownerId: wanted }), ...mayReach }, page);
}
