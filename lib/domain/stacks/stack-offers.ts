import { mayDeployTo } from "@/lib/contracts/grants";
import { type StackOffer, stackUrl } from "@/lib/contracts/stack";
import type { Actor } from "@/lib/contracts/user";
import { listTemplatePlaces } from "@/lib/services/templates/template-store";
import { findStackTarget } from "@/lib/targets/target-store";
import { waysOf } from "./stack-row";

/** What the caller can make a new stack from, the usual one first: of servers that take deployments, and theirs. */
export async function listStackOffers(actor: Actor): Promise<StackOffer[]> {
  const places = await listTemplatePlaces();
  const offers = await Promise.all(places.map((place) => toOffer(place, actor)));
  return offers.flat();
}

async function toOffer(
  template: Awaited<ReturnType<typeof listTemplatePlaces>>[number],
  actor: Actor,
): Promise<StackOffer[]> {
  const { name, description, domainSuffix, https, targetId } = template;
  const target = await findStackTarget(targetId);
  if (!target || target.disabledAt || !mayDeployTo(actor, target.grants)) return [];
  const urlPattern = stackUrl({ domain: `{name}.${domainSuffix}`, https }, waysOf(target));
  return [{ template: name, description, urlPattern }];
}
