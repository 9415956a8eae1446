import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployDomain } from "@/lib/drivers/dokploy/client/types";
import { settingsOf } from "../settings-of";
import {
  applicationOf,
  DokploySettings,
  DomainReceipt,
  restoresPrevious,
  type StackContext,
  type StackPhase,
  UNDO_DEADLINE_MS,
} from "./context";
import { idsOf } from "./ours";

interface Wanted {
  host: string;
  /** The port in the container. */
  port: number;
  https: boolean;
}

const MOST_CHECKS = 3;

/** A domain takes effect immediately: the server's proxy reads it without a deployment. */
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

/** Throws settings-invalid without a domain: no one could reach the stack. */
export function domainOf(spec: { domain: string | null; port: number; settings: unknown }): Wanted {
  if (spec.domain === null) throw new Problem("settings-invalid", { params: { field: "domain" } });
  return { host: spec.domain, port: spec.port, https: settingsOf(DokploySettings, { spec }).https };
}

/**
 * Gives the application this domain, and none of the stack's others. Answers whether anything had to be changed.
 * Domains are not unique on the server: where an answer was lost before, they are checked again after a change.
 */
export async function keepDomain(
  ctx: StackContext,
  wanted: Wanted,
  { isUncertain, beforeChange = async () => {} }: { isUncertain: boolean; beforeChange?: () => Promise<void> },
): Promise<boolean> {
  for (let checks = 0; checks < MOST_CHECKS; checks += 1) {
    if (await fixDomains(ctx, wanted, beforeChange)) return checks > 0;
    if (!isUncertain) return true;
  }
  throw new Problem("platform-failed", { detail: `the domain ${wanted.host} is not as it was asked for` });
}

/** Adds a missing domain and removes wrong ones; answers whether there was nothing to change. */
async function fixDomains(ctx: StackContext, wanted: Wanted, beforeChange: () => Promise<void>): Promise<boolean> {
  const { applicationId } = applicationOf(ctx);
  const ours = await domainsOfOurs(ctx, applicationId, wanted.host);
  const right = ours.find((domain) => matches(domain, wanted));
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

/** The domains that Landfall recorded, and those with the stack's own names. Domains that a person added are kept. */
async function domainsOfOurs(ctx: StackContext, applicationId: string, host?: string): Promise<DokployDomain[]> {
  const [domains, resources] = await Promise.all([
    ctx.dokploy.listDomains(applicationId, ctx.signal),
    ctx.resources.list(),
  ]);
  const recorded = new Set(idsOf(resources, "domain"));
  const names = new Set([host, ctx.spec.domain, ctx.previous?.spec.domain]);
  return domains.filter((domain) => recorded.has(domain.domainId) || names.has(domain.host));
}

function matches(domain: DokployDomain, { host, port, https }: Wanted): boolean {
  const hasCertificate = !https || domain.certificateType === "letsencrypt";
  return domain.host === host && domain.port === port && domain.https === https && hasCertificate;
}

/** Removes the stack's domains and answers how many there were. Safe to repeat. */
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
