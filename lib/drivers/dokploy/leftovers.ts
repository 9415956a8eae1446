import { Problem } from "@/lib/contracts/problem";
import type { DokployService } from "@/lib/drivers/dokploy/client/types";
import { askedAppName } from "./names";
import type { Ours } from "./ours";
import { commandsFor, runs } from "./remove-application";
import type { StackContext } from "./stack-phase";
import { orIfForbidden } from "./tasks";

/*
 * A project that a person removes leaves its swarm service, its router and its volumes behind, and no call of the API
 * removes those. Such a service would answer at the stack's domain in the new one's place, and write to its volume.
 */

/** Throws platform-leftover, with the commands that remove what is left. `services` is null where they cannot be listed. */
export async function failIfLeft(ctx: StackContext, ours: Ours, services: DokployService[] | null): Promise<void> {
  const left = [...(await recordedOnesLeft(ctx, ours, services)), ...(await unrecordedOnesLeft(ctx, ours, services))];
  if (left.length === 0) return;
  throw new Problem("platform-leftover", { params: { service: left.join(", ") }, detail: commandsFor(left) });
}

/** Of applications that were ours and are gone. What has ended since is forgotten. */
async function recordedOnesLeft(ctx: StackContext, ours: Ours, services: DokployService[] | null): Promise<string[]> {
  const left: string[] = [];
  for (const { kind, externalId, name } of ours.resources) {
    if (kind !== "application" || name === null || presentIds(ours).has(externalId)) continue;
    if (services?.some((service) => service.name === name) || (await runs(ctx, name))) left.push(name);
    else await ctx.resources.forget({ kind, externalId });
  }
  return left;
}

/** Services named as ours are whose container has one of this stack's volumes, and which no application of ours stands for. */
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
