import { type StackOffer, stackUrl } from "@/lib/contracts/stack";
import { findStackTarget } from "@/lib/targets/target-store";
import { listTemplatePlaces } from "@/lib/templates/template-store";
import { waysOf } from "./stack-row";

/** What a new stack can be made from, the usual one first. Empty until there is a template and a server for it. */
export async function listStackOffers(): Promise<StackOffer[]> {
  const offers = await Promise.all((await listTemplatePlaces()).map(toOffer));
  return offers.flat();
}

async function toOffer(template: Awaited<ReturnType<typeof listTemplatePlaces>>[number]): Promise<StackOffer[]> {
  const { name, description, domainSuffix, https, targetId } = template;
  const target = await findStackTarget(targetId);
  if (!target || target.disabledAt) return [];
  const urlPattern = stackUrl({ domain: `{name}.${domainSuffix}`, https }, waysOf(target));
  return [{ template: name, description, urlPattern }];
}
