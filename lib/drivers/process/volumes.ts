import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext, ServicePlace } from "../driver";
import { hasControls, type Refuses, tooLongVariables, volumeRefusals } from "../refusal";
import { pathInRelease, releaseLayout, serviceDirectory } from "../release-layout";
import { processCage } from "./cage";

/**
 * A process sees the file system as it is, so a volume is a folder beside the releases that each release has a link to, at
 * the volume's path inside its own directory. The variable LANDFALL_VOLUME_<NAME> has the folder itself.
 */
export function volumesDirectory(place: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(serviceDirectory(place), "volumes");
}

/** Of what a process cannot have: a domain needs a proxy, and a volume's path must be a place of its own. */
export const refuses: Refuses = ({ domain, volumes, environment }) => [
  ...tooLongVariables(environment),
  ...(domain ? [{ path: ["domain"], code: "domain-not-for-driver" }] : []),
  ...volumeRefusals(volumes, (path, others) => {
    const own = pathInRelease(path);
    const isApart = others.every((other) => !`${own}/`.startsWith(`${pathInRelease(other)}/`));
    return own !== "" && !hasControls(path) && isApart;
  }),
];

export function volumeVariables(ctx: Pick<ReleaseContext, "base" | "serviceName" | "spec">): Record<string, string> {
  return Object.fromEntries(
    ctx.spec.volumes.map(({ name }) => [
      // What follows a dot tells one owner's volume from another's of the same name.
      `LANDFALL_VOLUME_${name.split(".", 1).join().toUpperCase().replaceAll("-", "_")}`,
      join(volumesDirectory(ctx), name),
    ]),
  );
}

/**
 * Arguments: the service's directory, the volumes' names. Each volume belongs to the service's own user (the owner of its
 * `home`), whoever it belonged to before; the directory above them is root's, so nothing in it can be exchanged for a link.
 */
const MAKE = `
set -eu
service=$1
shift
user=0
[ "$(id -u)" != 0 ] || user=$(stat -c %u -- "$service/home" 2>/dev/null || echo 0)
mkdir -p -- "$service/volumes"
[ "$user" = 0 ] || { chown "0:$user" -- "$service/volumes" && chmod 710 -- "$service/volumes"; }
for name; do
  mkdir -p -- "$service/volumes/$name"
  [ "$user" = 0 ] || [ "$(stat -c %u -- "$service/volumes/$name")" = "$user" ] || chown -hR "$user:$user" -- "$service/volumes/$name"
done
`;

/**
 * Run as the service's own user. Arguments: the release's directory, the volumes' directory, then each volume's name and
 * path. What a source brings along at a volume's path is its first content.
 */
const LINK = `
set -eu
directory=$(readlink -f -- "$1") volumes=$2
shift 2
while [ $# -gt 0 ]; do
  folder=$volumes/$1 link=$directory/$2
  mkdir -p -- "$(dirname -- "$link")"
  case $(readlink -f -- "$(dirname -- "$link")")/ in
    "$directory"/*) ;;
    *) echo "$2 leads out of the release" >&2; exit 1 ;;
  esac
  if [ -L "$link" ]; then
    rm -- "$link"
  elif [ -d "$link" ]; then
    [ -n "$(ls -A -- "$folder")" ] || cp -a -- "$link/." "$folder/"
    rm -rf -- "$link"
  elif [ -e "$link" ]; then
    echo "$2 is a file of the source" >&2
    exit 1
  fi
  ln -s -- "$folder" "$link"
  shift 2
done
`;

/** Safe to repeat. Throws `start-failed` where the source is in the way. */
export async function linkVolumes(ctx: ReleaseContext): Promise<void> {
  const { volumes } = ctx.spec;
  if (volumes.length === 0) return;
  const { directory } = releaseLayout(ctx, ctx.release.id);
  const names = volumes.map(({ name }) => name);
  const pairs = volumes.flatMap(({ name, path }) => [name, pathInRelease(path)]);
  await succeed(ctx, ["sh", "-c", MAKE, "sh", serviceDirectory(ctx), ...names]);
  const link = ["sh", "-c", LINK, "sh", directory, volumesDirectory(ctx), ...pairs] as [string, ...string[]];
  await succeed(ctx, processCage.build(ctx, link));
  for (const { name, path } of volumes) ctx.log(`volume ${name} is at ${pathInRelease(path)} in the release`);
}

async function succeed(ctx: ReleaseContext, args: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await ctx.host.run({ args }, { signal: ctx.signal });
  if (exitCode !== 0) throw new Problem("start-failed", { detail: `volumes: ${stderr.trim()}` });
}
