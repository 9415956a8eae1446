import * as z from "zod";
import type { Json, PhaseContext, ReleaseRef } from "./driver";

/** What a release's artifact records of its build (docs/decisions/0020). */
export const KeptBuild = z.object({
  /** A digest of everything that the build is made of. */
  key: z.string(),
  /** The number of the deployment that built it. */
  number: z.int(),
  /** A digest of the files after the build; absent for an image, whose id is one. */
  digest: z.string().optional(),
});
export type KeptBuild = z.infer<typeof KeptBuild>;

const WithBuild = z.looseObject({ build: KeptBuild });

export interface EarlierBuild {
  release: ReleaseRef;
  build: KeptBuild;
}

/** The kept releases of the service on this target that were built from the same input, newest first. */
export function earlierBuilds(
  ctx: Pick<PhaseContext, "artifacts" | "release" | "spec">,
  key: string | null,
): EarlierBuild[] {
  if (key === null || ctx.spec.rebuild) return [];
  return ctx.artifacts.flatMap((release) => {
    const build = WithBuild.safeParse(release.artifact).data?.build;
    return build?.key === key && release.id !== ctx.release.id ? [{ release, build }] : [];
  });
}

/** The digest of the files that Transfer sent; null where it sent none. */
export function sentDigest(artifact: Json): string | null {
  return z.looseObject({ digest: z.string() }).safeParse(artifact).data?.digest ?? null;
}

/** The artifact of an earlier phase, with what the build adds to it. */
export function withBuild(artifact: Json, added: { [name: string]: Json }): Json {
  const before = typeof artifact === "object" && artifact !== null && !Array.isArray(artifact) ? artifact : {};
  return { ...before, ...added };
}

/** The line of the log that says whose build a release has. */
export function saysUsedAgain({ number }: KeptBuild): string {
  return `Unchanged since #${number}: its build is used again`;
}
