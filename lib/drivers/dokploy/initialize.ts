import { Problem } from "@/lib/contracts/problem";
import { configurationOf, wantedConfiguration } from "./configuration";
import { domainOf } from "./domain";
import { findOurs } from "./ours";
import { StartReceipt } from "./receipts";
import { stackAddress } from "./stack-address";
import type { StackContext, StackPhase } from "./stack-phase";

/** Applications whose domains are asked for together. */
const AT_ONCE = 8;

/** Makes nothing: what can be known to be wrong is known before anything is there that would have to be taken away. */
export const initializePhase: StackPhase = {
  key: "initializing",
  repeatable: true,
  async run(ctx) {
    const startedAt = Date.now();
    const { url, host } = stackAddress(ctx.spec, ctx.ways);
    await configurationOf(ctx, wantedConfiguration(ctx));
    const version = await ctx.dokploy.version(ctx.signal);
    const role = await ctx.dokploy.role(ctx.signal);
    ctx.log(`Dokploy ${version.text}; the key is of the role ${role}`);
    if (ctx.previous?.spec.domain !== host) await failIfTaken(ctx);
    if (!version.isTested) ctx.warn(new Problem("platform-untested", { params: { version: version.text } }));
    ctx.setUrl(url);
    const begun = StartReceipt.safeParse(ctx.receiptOf("initializing")).data;
    return { receipt: begun ?? { startedAt }, detail: `${version.text}, ${url}` };
  },
};

/** Two applications may have the same domain there, and then nobody knows which of them answers. */
async function failIfTaken(ctx: StackContext): Promise<void> {
  const { host } = domainOf(ctx.spec);
  const { all, applicationIds } = await findOurs(ctx);
  const own = new Set(applicationIds);
  const others = all
    .flatMap(({ environments }) => environments.flatMap(({ applications }) => applications))
    .filter(({ applicationId }) => !own.has(applicationId));
  for (let from = 0; from < others.length; from += AT_ONCE) {
    const together = others.slice(from, from + AT_ONCE);
    const found = await Promise.all(together.map((other) => ctx.dokploy.listDomains(other.applicationId, ctx.signal)));
    const taken = found.findIndex((domains) => domains.some((domain) => domain.host === host));
    if (taken >= 0)
      throw new Problem("domain-taken", { params: { domain: host }, detail: together[taken]?.name ?? host });
  }
}
