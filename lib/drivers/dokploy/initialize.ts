import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { commandsFor, runs } from "./application";
import { stackAddress } from "./ask-stack";
import type { DokployService } from "./client/types";
import { NEWEST_TESTED } from "./client/version";
import { configurationOf, wantedConfiguration } from "./configure";
import { type StackContext, type StackPhase, StartReceipt } from "./context";
import { domainOf } from "./domain";
import { askedAppName, findOurs, type Ours } from "./ours";
import { orIfForbidden } from "./tasks";

/** How many applications' domains are requested concurrently, in versions without one call for all. */
const AT_ONCE = 8;

/** Creates nothing: it reports every problem that can be found before anything has to be undone. */
export const initializePhase: StackPhase = {
  key: "initializing",
  repeatable: true,
  async run(ctx) {
    const startedAt = Date.now();
    const { url, host } = stackAddress(ctx.spec, ctx.proxyPorts);
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

/** The server accepts the same domain for two applications, and then routes its requests to either of them. */
function failIfTaken(ctx: StackContext, { applicationIds }: Ours, domains: readonly OwnedDomain[]): void {
  const { host } = domainOf(ctx.spec);
  const taken = domains.find(
    (domain) => domain.host.toLowerCase() === host && !applicationIds.includes(domain.ownerId),
  );
  if (taken) throw new Problem("domain-taken", { params: { domain: host }, detail: taken.ownerName || host });
}

/** The domains of all applications and compose services, one call each: for versions without `overview.domains`. */
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

/*
 * The removal of a project by a person leaves its swarm service, its router and its volumes, and no API call removes
 * those. The leftover service would answer at the domain of the new one, and write to its volume.
 */

/** Throws platform-leftover, with the commands that remove the leftover services. `services` is null where they cannot be listed. */
export async function failIfLeft(ctx: StackContext, ours: Ours, services: DokployService[] | null): Promise<void> {
  const left = [...(await recordedOnesLeft(ctx, ours, services)), ...(await unrecordedOnesLeft(ctx, ours, services))];
  if (left.length === 0) return;
  throw new Problem("platform-leftover", { params: { service: left.join(", ") }, detail: commandsFor(left) });
}

/** The running services of recorded applications that are gone. A record without a running service is deleted. */
async function recordedOnesLeft(ctx: StackContext, ours: Ours, services: DokployService[] | null): Promise<string[]> {
  const left: string[] = [];
  for (const { kind, externalId, name } of ours.resources) {
    if (kind !== "application" || name === null || presentIds(ours).has(externalId)) continue;
    if (services?.some((service) => service.name === name) || (await runs(ctx, name))) left.push(name);
    else await ctx.resources.forget({ kind, externalId });
  }
  return left;
}

/** Services with a name like the stack's and one of its volumes, but without an application of the stack. */
async function unrecordedOnesLeft(ctx: StackContext, ours: Ours, services: DokployService[] | null): Promise<string[]> {
  const prefix = `${askedAppName(ctx.serviceName)}-`;
  const isNamedAlike = ({ name }: DokployService) =>
    name.startsWith(prefix) && /^[a-z0-9]{6}$/.test(name.slice(prefix.length));
  const alike = services?.filter(isNamedAlike) ?? [];
  if (alike.length === 0) return [];
  const own = await ownAppNames(ctx, ours);
  const left: string[] = [];
  for (const { name } of alike) if (!own.has(name) && (await hasOurVolume(ctx, name))) left.push(name);
  return left;
}

async function ownAppNames(ctx: StackContext, ours: Ours): Promise<Set<string>> {
  const recorded = new Map(ours.resources.map(({ externalId, name }) => [externalId, name]));
  const names = ours.resources.flatMap(({ kind, name }) => (kind === "application" && name ? [name] : []));
  for (const applicationId of ours.applicationIds) {
    if (recorded.get(applicationId)) continue;
    const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
    if (application) names.push(application.appName);
  }
  return new Set(names);
}

async function hasOurVolume(ctx: StackContext, appName: string): Promise<boolean> {
  const volumes = new Set(ctx.spec.volumes.map(({ name }) => name));
  const containers = await orIfForbidden(ctx.dokploy.listContainers(`${appName}.`, ctx.signal), []);
  const inspected = await Promise.all(
    containers.map(({ containerId }) => ctx.dokploy.inspect(containerId, ctx.signal)),
  );
  return inspected.some((container) => container?.volumes.some((name) => volumes.has(name)));
}

function presentIds({ all }: Ours): Set<string> {
  return new Set(
    all.flatMap(({ environments }) =>
      environments.flatMap(({ applications }) => applications.map(({ applicationId }) => applicationId)),
    ),
  );
}
