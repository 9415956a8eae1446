import * as z from "zod";
import { verbatim } from "@/lib/contracts/fact";
import { parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import type { DeploymentSpec, Volume } from "@/lib/contracts/service";
import type { Secrets } from "@/lib/platform/secrets/secret";
import type { Json } from "../driver";
import { settingsOf } from "../settings-of";
import { findApplication } from "./application";
import { toDotenv } from "./client/dotenv";
import type { DokployCalls } from "./client/types";
import {
  ApplicationReceipt,
  applicationOf,
  ConfigurationReceipt,
  DokploySettings,
  FollowedDeployment,
  restoresPrevious,
  type StackContext,
  type StackPhase,
  UNDO_DEADLINE_MS,
} from "./context";
import { deployAndFollow, type Followed } from "./follow-deployment";
import { idsOf } from "./ours";
import { StackProbes } from "./stack-probes";
import { orIfForbidden } from "./tasks";
import { untilSteady } from "./until-steady";

/** Sets image, registry credentials, variables, limits and volumes. They take effect with the next deployment on the server. */
export const configurePhase: StackPhase = {
  key: "configuring_application",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const { applicationId } = applicationOf(ctx);
    const begun = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data;
    const isUncertain = begun !== undefined;
    const { volumes } = ctx.spec;
    const newVolumes = [...new Set([...(begun?.newVolumes ?? []), ...(await recordVolumes(ctx, volumes))])];
    await ctx.saveReceipt({ newVolumes, isUncertain });
    const configuration = await configurationOf(ctx, wantedConfiguration(ctx));
    await Promise.all([
      ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal),
      keepMounts(ctx, applicationId, volumes, { isUncertain }),
    ]);
    return { receipt: { newVolumes, isUncertain }, facts: [verbatim(configuration.image)] };
  },
  async undo(ctx) {
    if (restoresPrevious(ctx)) return restorePrevious(ctx);
    const { newVolumes = [] } = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data ?? {};
    const { appName } = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data ?? {};
    if (appName) await forgetUncreated(ctx, appName, newVolumes);
  },
};

/** Sets the previous configuration again and, if the new one was deployed, deploys the previous one. */
async function restorePrevious(ctx: StackContext): Promise<void> {
  const { previous } = ctx;
  const { applicationId, appName } = applicationOf(ctx);
  // A repair deploys the current release, so there is nothing to restore.
  if (!previous || previous.id === ctx.release.id || !(await ctx.dokploy.findApplication(applicationId, ctx.signal)))
    return;
  const configuration = await configurationOf(ctx, {
    image: pinnedImage(previous.spec, previous.artifact),
    spec: previous.spec,
    environment: await ctx.previousEnvironment(),
  });
  await ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal);
  await keepMounts(ctx, applicationId, previous.spec.volumes, { isUncertain: true });
  const begun = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
  if (!begun) return;

  ctx.log(`restores ${configuration.image}`);
  const receipt = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data;
  const followed = await deployAndFollow(ctx, {
    applicationId,
    appName,
    title: `Landfall ${ctx.deploymentId} back`,
    image: configuration.image,
    followed: receipt?.followed,
    keep: (kept: Followed) => ctx.saveReceipt({ ...receipt, followed: kept }),
  });
  // A release that did not answer before this deployment would not answer now.
  if (begun.probes?.isSilent) return;
  const { image } = configuration;
  const watched = { applicationId, appName, image, knownTasks: followed.knownTasks, askedAt: followed.askedAt };
  const { health } = previous.spec;
  await untilSteady(ctx, watched, new StackProbes(ctx, previous.spec), {
    ...health,
    steadyMs: health.stabilityMs,
    mayBeOld: true,
  });
}

type Configuration = Parameters<DokployCalls["configureApplication"]>[1];

export function imageOf({ source }: Pick<DeploymentSpec, "source">): string {
  if (source.kind === "image" && parseImageReference(source.image)) return source.image;
  throw new Problem("settings-invalid", { params: { field: "source" } });
}

const Artifact = z.object({ digest: z.string().nullish() });

/** The exact image of a release, by its digest: the tag may point to another image by now. */
export function pinnedImage(spec: Pick<DeploymentSpec, "source">, artifact: Json): string {
  const image = imageOf(spec);
  const digest = Artifact.safeParse(artifact).data?.digest;
  return !digest || image.includes("@") ? image : `${image}@${digest}`;
}

/** The image that a deployment has the server run. */
export function wantedImage({ kind, spec, release }: Pick<StackContext, "kind" | "spec" | "release">): string {
  return kind === "rollback" ? pinnedImage(spec, release.artifact) : imageOf(spec);
}

/** How the swarm runs the health command. Failures before the start timeout do not count. */
const CHECKED = { everyMs: 2_000, timeoutMs: 5_000, retries: 3 };

interface Wanted {
  image: string;
  spec: DeploymentSpec;
  environment: Secrets;
}

export function wantedConfiguration(ctx: StackContext): Wanted {
  return { image: wantedImage(ctx), spec: ctx.spec, environment: ctx.environment };
}

/** Throws environment-unwritable or settings-invalid. */
export async function configurationOf(
  ctx: Pick<StackContext, "imageCredentials" | "isDirect">,
  { image, spec, environment }: Wanted,
): Promise<Configuration> {
  const { memoryMb, cpus, healthCommand } = settingsOf(DokploySettings, { spec });
  const host = parseImageReference(image)?.host ?? "";
  const credentials = await ctx.imageCredentials(host);
  return {
    image,
    registry: credentials && { url: host, ...credentials },
    environment: toDotenv(environment),
    memoryBytes: memoryMb === undefined ? null : memoryMb * 1_048_576,
    nanoCpus: cpus === undefined ? null : Math.round(cpus * 1e9),
    healthCheck:
      healthCommand === undefined ? null : { command: healthCommand, ...CHECKED, graceMs: spec.health.portTimeoutMs },
    isDirect: ctx.isDirect,
  };
}

/** Where the answer to a create request was lost, a second mount may appear: the mounts are checked again. */
const MOST_CHECKS = 3;

/**
 * Gives the application these volumes, and none of the stack's others. The server accepts two mounts at one path, after
 * which every deployment fails. Mounts that a person added at other paths are kept.
 */
export async function keepMounts(
  ctx: StackContext,
  applicationId: string,
  volumes: readonly Volume[],
  { isUncertain }: { isUncertain: boolean },
): Promise<void> {
  const recorded = new Set(idsOf(await ctx.resources.list(), "volume"));
  for (let checks = 0; checks < MOST_CHECKS; checks += 1) {
    if (await fixMounts(ctx, applicationId, volumes, recorded)) return;
    if (!isUncertain) return;
  }
  throw new Problem("platform-failed", { detail: "its mounts are not those that were asked for" });
}

/**
 * Records the volumes, so that no one else can claim their data, and answers those that were not recorded before. They
 * exist once the first container has started: see forgetUncreated.
 */
export async function recordVolumes(ctx: StackContext, volumes: readonly Volume[]): Promise<string[]> {
  const added: string[] = [];
  for (const { name } of volumes)
    if (await ctx.resources.record({ kind: "volume", externalId: name, name })) added.push(name);
  return added;
}

/** Deletes the records of volumes that were never created: the swarm creates a volume with the first container. */
export async function forgetUncreated(ctx: StackContext, appName: string, volumes: readonly string[]): Promise<void> {
  if (volumes.length === 0) return;
  const tasks = await orIfForbidden(ctx.dokploy.listTasks(appName, ctx.signal), null);
  if (tasks === null || tasks.length > 0) return;
  for (const externalId of volumes) await ctx.resources.forget({ kind: "volume", externalId });
}

/** Adds missing mounts and removes wrong ones; answers whether there was nothing to change. */
async function fixMounts(
  ctx: StackContext,
  applicationId: string,
  volumes: readonly Volume[],
  ours: ReadonlySet<string>,
): Promise<boolean> {
  const { mounts } = await findApplication(ctx, applicationId);
  const missing = new Map(volumes.map((volume) => [volume.path, volume.name]));
  const paths = new Set(missing.keys());
  const wrong = mounts.filter(({ type, volumeName, mountPath }) => {
    if (type === "volume" && missing.get(mountPath) === volumeName) return !missing.delete(mountPath);
    return paths.has(mountPath) || ours.has(volumeName ?? "");
  });
  for (const { mountId } of wrong) await ctx.dokploy.removeMount(mountId, ctx.signal);
  for (const [mountPath, volumeName] of missing)
    await ctx.dokploy.createMount({ applicationId, volumeName, mountPath }, ctx.signal);
  return missing.size === 0 && wrong.length === 0;
}
