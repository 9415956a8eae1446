import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { NEWEST_TESTED } from "@/lib/drivers/dokploy/client/version";
import { configurationOf, wantedConfiguration } from "./configuration";
import { domainOf } from "./domain";
import { failIfLeft } from "./leftovers";
import { findOurs, type Ours } from "./ours";
import { StartReceipt } from "./receipts";
import { stackAddress } from "./stack-address";
import type { StackContext, StackPhase } from "./stack-phase";
import { orIfForbidden } from "./tasks";

/** Owners whose domains are asked for together, where a version has no call for all of them. */
const AT_ONCE = 8;

/** Creates nothing: what can be known to be wrong is known before anything exists that would have to be removed. */
export const initializePhase: StackPhase = {
  key: "initializing",
  repeatable: true,
  async run(ctx) {
    const startedAt = Date.now();
    const { url, host } = stackAddress(ctx.spec, ctx.ways);
    await configurationOf(ctx, wantedConfiguration(ctx));
    const version = await ctx.dokploy.version(ctx.signal);
    const isNewDomain = ctx.previous?.spec.domain !== host;
    const [role, ours, services, domains] = await Promise.all([
      ctx.dokploy.role(ctx.signal),
      findOurs(ctx),
      orIfForbidden(ctx.dokploy.listServices(ctx.signal), null),
      isNewDomain ? ctx.dokploy.listAllDomains(ctx.signal) : null,
    ]);
    ctx.log(`Dokploy ${version.text}; the key has the role ${role}`);
    await failIfLeft(ctx, ours, services);
    if (isNewDomain) failIfTaken(ctx, ours, domains ?? (await collectDomains(ctx, ours)));
    if (!version.isTested)
      ctx.warn(new Problem("platform-untested", { params: { version: version.text, newest: NEWEST_TESTED } }));
    ctx.setUrl(url);
    const begun = StartReceipt.safeParse(ctx.receiptOf("initializing")).data;
    return { receipt: begun ?? { startedAt }, facts: [verbatim(`${version.text}, ${url}`)] };
  },
};

interface OwnedDomain {
  host: string;
  ownerId: string;
  ownerName: string;
}

/** Two services may have the same domain there, and then it is chance which of them answers. */
function failIfTaken(ctx: StackContext, { applicationIds }: Ours, domains: readonly OwnedDomain[]): void {
  const { host } = domainOf(ctx.spec);
  const taken = domains.find(
    (domain) => domain.host.toLowerCase() === host && !applicationIds.includes(domain.ownerId),
  );
  if (taken) throw new Problem("domain-taken", { params: { domain: host }, detail: taken.ownerName || host });
}

/** As `overview.domains` has them, for versions without it: applications and compose services are asked one by one. */
async function collectDomains(ctx: StackContext, { all }: Ours): Promise<OwnedDomain[]> {
  const { dokploy, signal } = ctx;
  const environments = all.flatMap((project) => project.environments);
  const owners = [
    ...environments.flatMap(({ applications }) =>
      applications.map(({ applicationId: id, name }) => ({ id, name, ask: () => dokploy.listDomains(id, signal) })),
    ),
    ...environments.flatMap(({ composes }) =>
      composes.map(({ composeId: id, name }) => ({ id, name, ask: () => dokploy.listComposeDomains(id, signal) })),
    ),
  ];
  const found: OwnedDomain[] = [];
  for (let from = 0; from < owners.length; from += AT_ONCE) {
    const together = owners.slice(from, from + AT_ONCE);
    const answers = await Promise.all(together.map(({ ask }) => ask()));
    for (const [index, { id: ownerId, name: ownerName }] of together.entries())
      for (const { host } of answers[index] ?? []) found.push({ host, ownerId, ownerName });
  }
  return found;
}
