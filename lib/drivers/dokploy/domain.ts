import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployDomain } from "@/lib/drivers/dokploy/client/types";
import { settingsOf } from "../settings-of";
import { idsOf } from "./ours";
import { applicationOf, DomainReceipt, restoresPrevious } from "./receipts";
import { DokploySettings } from "./settings";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";

interface Wanted {
  host: string;
  /** In the container. */
  port: number;
  https: boolean;
}

const MOST_LOOKS = 3;

/** Takes effect at once: the server's proxy reads it by itself. */
export const domainPhase: StackPhase = {
  key: "creating_domain",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const begun = DomainReceipt.safeParse(ctx.receiptOf("creating_domain")).data;
    const wanted = domainOf(ctx.spec);
    const isUncertain = begun?.made ?? false;
    const changed = await keepDomain(ctx, wanted, {
      isUncertain,
      beforeChange: () => ctx.saveReceipt({ made: true, isUncertain }),
    });
    const made = changed || (begun?.made ?? ctx.previous === null);
    return { receipt: { made, isUncertain }, skipped: !made, facts: [verbatim(wanted.host)] };
  },
  async undo(ctx) {
    const { previous } = ctx;
    if (previous && restoresPrevious(ctx)) await keepDomain(ctx, domainOf(previous.spec), { isUncertain: true });
    else await removeDomains(ctx, applicationOf(ctx).applicationId);
  },
};

/** Throws settings-invalid: what has no domain is reached by nobody. */
export function domainOf(spec: { domain: string | null; port: number; settings: unknown }): Wanted {
  if (spec.domain === null) throw new Problem("settings-invalid", { params: { field: "domain" } });
  return { host: spec.domain, port: spec.port, https: settingsOf(DokploySettings, { spec }).https };
}

/**
 * Answers whether anything had to be changed. Names are not unique there: where an answer was lost before, it is looked
 * at again after a change.
 */
export async function keepDomain(
  ctx: StackContext,
  wanted: Wanted,
  { isUncertain, beforeChange = async () => {} }: { isUncertain: boolean; beforeChange?: () => Promise<void> },
): Promise<boolean> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (await isRight(ctx, wanted, beforeChange)) return looks > 0;
    if (!isUncertain) return true;
  }
  throw new Problem("platform-failed", { detail: `the domain ${wanted.host} is not as it was asked for` });
}

async function isRight(ctx: StackContext, wanted: Wanted, beforeChange: () => Promise<void>): Promise<boolean> {
  const { applicationId } = applicationOf(ctx);
  const ours = await domainsOfOurs(ctx, applicationId, wanted.host);
  const right = ours.find((domain) => isAs(domain, wanted));
  const wrong = ours.filter((domain) => domain !== right);
  if (right) await ctx.resources.record({ kind: "domain", externalId: right.domainId, name: right.host });
  if (right && wrong.length === 0) return true;
  await beforeChange();
  for (const domain of wrong) await removeDomain(ctx, domain);
  if (right) return false;
  const { domainId } = await ctx.dokploy.createDomain({ applicationId, ...wanted }, ctx.signal);
  await ctx.resources.record({ kind: "domain", externalId: domainId, name: wanted.host });
  return false;
}

/** What a person added to the application stays: ours are those that were written down, and those of its own names. */
async function domainsOfOurs(ctx: StackContext, applicationId: string, host?: string): Promise<DokployDomain[]> {
  const [domains, resources] = await Promise.all([
    ctx.dokploy.listDomains(applicationId, ctx.signal),
    ctx.resources.list(),
  ]);
  const recorded = new Set(idsOf(resources, "domain"));
  const names = new Set([host, ctx.spec.domain, ctx.previous?.spec.domain]);
  return domains.filter((domain) => recorded.has(domain.domainId) || names.has(domain.host));
}

function isAs(domain: DokployDomain, { host, port, https }: Wanted): boolean {
  const hasCertificate = !https || domain.certificateType === "letsencrypt";
  return domain.host === host && domain.port === port && domain.https === https && hasCertificate;
}

/** Safe to repeat. */
export async function removeDomains(ctx: StackContext, applicationId: string): Promise<number> {
  const domains = await domainsOfOurs(ctx, applicationId);
  for (const domain of domains) await removeDomain(ctx, domain);
  return domains.length;
}

async function removeDomain(ctx: StackContext, { domainId, host }: DokployDomain): Promise<void> {
  await ctx.dokploy.removeDomain(domainId, ctx.signal);
  await ctx.resources.forget({ kind: "domain", externalId: domainId });
  ctx.log(`removed the domain ${host}`);
}
