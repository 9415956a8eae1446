import * as z from "zod";
import { parseImageReference } from "@/lib/contracts/image-reference";
import { Problem } from "@/lib/contracts/problem";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { toDotenv } from "@/lib/drivers/dokploy/client/dotenv";
import type { DokployCalls } from "@/lib/drivers/dokploy/client/types";
import type { Secrets } from "@/lib/platform/secrets/secret";
import type { Json } from "../driver";
import { settingsOf } from "../settings-of";
import { DokploySettings } from "./settings";
import type { StackContext } from "./stack-phase";

type Configuration = Parameters<DokployCalls["configureApplication"]>[1];

export function imageOf({ source }: Pick<DeploymentSpec, "source">): string {
  if (source.kind === "image" && parseImageReference(source.image)) return source.image;
  throw new Problem("settings-invalid", { params: { field: "source" } });
}

const Artifact = z.object({ digest: z.string().nullish() });

/** Exactly the image that a release was: its tag may mean another one by now. */
export function pinnedImage(spec: Pick<DeploymentSpec, "source">, artifact: Json): string {
  const image = imageOf(spec);
  const digest = Artifact.safeParse(artifact).data?.digest;
  return !digest || image.includes("@") ? image : `${image}@${digest}`;
}

/** What a deployment has the server run. */
export function wantedImage({ kind, spec, release }: Pick<StackContext, "kind" | "spec" | "release">): string {
  return kind === "rollback" ? pinnedImage(spec, release.artifact) : imageOf(spec);
}

/** How the swarm asks; until the start time-out is over a bad answer does not count. */
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
