import { basename } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { exportLines, quote } from "@/lib/hosts/command";
import type { CommandResult } from "@/lib/hosts/host";
import { stagingPath } from "@/lib/hosts/unfinished";
import type { PhaseContext, ServicePlace } from "../driver";
import { type EarlierBuild, earlierBuilds, type KeptBuild, saysUsedAgain, sentDigest, withBuild } from "../kept-build";
import { releaseLayout } from "../release-layout";
import type { Plan } from "./plan";
import { readEnvironment } from "./release-environment";
import type { Cage } from "./release-source";

/**
 * A build is used again for a release with the same input (docs/decisions/0020). The files that it left are copied from the
 * earlier release into a directory beside the new one, which takes its place when a digest shows that they are what the
 * build left: a service may have changed its own files since. Every command on them runs as the service's own user.
 */

/** Prints what builds depend on besides the source: the system, and the versions of these programs. */
const SURROUNDINGS = `
uname -sm
cat /etc/os-release 2>/dev/null
for tool; do
  printf '%s ' "$tool"
  "$tool" --version 2>&1 || echo none
done
`;

/** Paths of a tree, each ended by NUL. */
const PATHS = "find . -mindepth 1 -print0 | LC_ALL=C sort -z";

/** A digest of a tree: paths, modes, links and contents. */
const DIGEST = `
digest() {
  {
    find . -mindepth 1 ! -type f -printf '%y %m %p -> %l\\0' | LC_ALL=C sort -z
    find . -mindepth 1 -type f -printf '%m %p\\0' | LC_ALL=C sort -z
    find . -mindepth 1 -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum --
  } | sha256sum
}
`;

/**
 * Arguments: the expected digest, the earlier release's id, the new one's. Some tools write the directory's path into what
 * they build (the scripts of a virtual environment): the id in it is replaced by the new one, which is as long. Prints the
 * digest after that. Without braces around a variable, because systemd-run would replace those itself.
 */
const ADAPT = `
set -eu
${DIGEST}
found=$(digest | cut -d " " -f 1)
[ "$found" = "$1" ] || exit 3
export LC_ALL=C earlier=$2 own=$3
grep -rlZF --devices=skip -- "$earlier" . | xargs -0r sh -c '
  for file; do
    time=$(stat -c %Y -- "$file")
    sed -i "s/$earlier/$own/g" -- "$file"
    touch -d "@$time" -- "$file"
  done' sh
find . -type l -lname "*$earlier*" -exec sh -c '
  for link; do
    to=$(readlink -- "$link" | sed "s/$earlier/$own/g")
    ln -sfn -- "$to" "$link"
  done' sh {} +
digest
`;
const CHANGED = 3;

/** Arguments: the release's directory, the new one, the record of a whole build. Completes what a killed worker began. */
const TAKE_PLACE = `
set -eu
[ -d "$2" ] && [ -f "$3" ] || exit 0
rm -rf -- "$1"
mv -T -- "$2" "$1"
`;

export interface BuildInput {
  plan: Pick<Plan, "tools" | "environment">;
  commands: readonly string[];
}

/**
 * Everything that the build is made of, as a keyed digest: the files that were sent, the commands, the environment with the
 * release's own id left out, and the host's system and programs. Null when the files have no digest.
 */
export async function buildKey(ctx: PhaseContext, cage: Cage, { plan, commands }: BuildInput): Promise<string | null> {
  const digest = sentDigest(ctx.release.artifact);
  if (digest === null) return null;
  const environment = await readEnvironment(ctx, ctx.release.id);
  const tools = [...new Set([...plan.tools, "node", "python3"])];
  const { exitCode, stdout } = await ctx.host.run(
    { args: cage.build(ctx, ["/bin/sh", "-s", "--", ...tools]), cwd: releaseLayout(ctx, ctx.release.id).directory },
    { signal: ctx.signal, stdin: exportLines(environment) + SURROUNDINGS },
  );
  if (exitCode !== 0) return null;
  const { driver, volumes } = ctx.spec;
  const input = [driver, volumes, ctx.isConfined, digest, commands, sorted(environment), stdout];
  return ctx.keyedDigest(JSON.stringify(input).replaceAll(ctx.release.id, ""));
}

function sorted(environment: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Completes a restore that a killed worker left between two steps, so that the release has its directory. */
export async function completeRestore(ctx: PhaseContext): Promise<void> {
  const { directory, built } = releaseLayout(ctx, ctx.release.id);
  const args = ["sh", "-c", TAKE_PLACE, "sh", directory, stagingPath(directory), built] as const;
  succeeded(await ctx.host.run({ args }, { signal: ctx.signal }));
}

/** Gives the release an earlier build of the same input, and answers whose; null when there is none that is whole. */
export async function restoreBuild(ctx: PhaseContext, cage: Cage, key: string | null): Promise<KeptBuild | null> {
  for (const earlier of earlierBuilds(ctx, key)) {
    const digest = await restore(ctx, cage, earlier);
    if (digest === null) continue;
    const build = { ...earlier.build, digest };
    ctx.setArtifact(withBuild(ctx.release.artifact, { build }));
    ctx.log(saysUsedAgain(build));
    return build;
  }
  return null;
}

async function restore(ctx: PhaseContext, cage: Cage, { release, build }: EarlierBuild): Promise<string | null> {
  const from = releaseLayout(ctx, release.id);
  const to = releaseLayout(ctx, ctx.release.id);
  const staging = stagingPath(to.directory);
  if (build.digest === undefined || (await ctx.host.stat(from.built)) === null) return null;
  await Promise.all([ctx.host.remove(to.built), ctx.host.remove(staging)]);
  const read = cage.build(as(ctx, release.id), ["tar", ..."--create --no-recursion --null -T - -f -".split(" ")]);
  const write = cage.build(as(ctx, basename(staging)), ["tar", ..."--extract --preserve-permissions -f -".split(" ")]);
  const adapt = ["/bin/sh", "-c", ADAPT, "sh", build.digest, release.id, ctx.release.id] as const;
  const copied = await run(
    ctx,
    `
set -eu
mkdir -- ${quote([staging])}
chmod --reference=${quote([to.directory, staging])}
{ cd ${quote([from.directory])} && ${quote(read)} <${quote([from.built])}; } | { cd ${quote([staging])} && ${quote(write)}; }
cd ${quote([staging])}
${quote(cage.build(as(ctx, basename(staging)), adapt))}
umask 077
cp -- ${quote([from.built, `${to.built}.new`])}
mv -- ${quote([`${to.built}.new`, to.built])}
`,
  );
  const [digest = ""] = copied.stdout.split(" ");
  if (copied.exitCode === 0) {
    await completeRestore(ctx);
    return digest;
  }
  await ctx.host.remove(staging);
  const why = copied.exitCode === CHANGED ? "its files have changed since" : copied.stderr.trim();
  ctx.log(`The build of #${build.number} has the same input but is not used again: ${why}`);
  return null;
}

/** Records the build that has just ended, so that a later deployment with the same input can use it again. */
export async function keepBuild(ctx: PhaseContext, cage: Cage, key: string | null): Promise<void> {
  if (key === null) return;
  const { directory, built } = releaseLayout(ctx, ctx.release.id);
  const listed = await run(
    ctx,
    `
set -eu
umask 077
cd ${quote([directory])}
${quote(cage.build(ctx, ["/bin/sh", "-c", PATHS]))} >${quote([`${built}.new`])}
${quote(cage.build(ctx, ["/bin/sh", "-c", `${DIGEST}digest`]))}
mv -- ${quote([`${built}.new`, built])}
`,
  );
  const [digest = ""] = listed.stdout.split(" ");
  if (listed.exitCode !== 0) {
    ctx.log(`A later deployment cannot use this build again: ${listed.stderr.trim()}`);
    await ctx.host.remove(`${built}.new`);
    return;
  }
  ctx.setArtifact(withBuild(ctx.release.artifact, { build: { key, number: ctx.number, digest } }));
}

/** The same deployment, with another directory of the service as its release's. */
function as(ctx: PhaseContext, id: string): PhaseContext {
  return { ...ctx, release: { id, artifact: null } };
}

function run({ host, signal }: Pick<ServicePlace, "host"> & Pick<PhaseContext, "signal">, script: string) {
  return host.run({ args: ["sh", "-c", script] }, { signal });
}

function succeeded({ exitCode, stderr }: CommandResult): void {
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "mv" }, detail: stderr.trim() });
}
