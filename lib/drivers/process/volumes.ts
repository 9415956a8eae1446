import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext, ServicePlace } from "../driver";
import { hasControls, type Refuses, tooLongVariables, volumeRefusals } from "../refusal";
import { pathInRelease, releaseLayout, serviceDirectory } from "../release-layout";
import { processCage } from "./cage";

/**
 * A volume is a folder beside the releases. A process cannot have mounts, so each release gets a link to that folder at the
 * volume's path inside its own directory. The variable LANDFALL_VOLUME_<NAME> has the path of the folder.
 */
export function volumesDirectory(place: Pick<ServicePlace, "base" | "serviceName">): string {
  return join(serviceDirectory(place), "volumes");
}

/** Refuses a domain, which needs a proxy, and volumes whose paths are the release itself or inside each other. */
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
      // The part after a dot distinguishes volumes of the same name with different owners.
      `LANDFALL_VOLUME_${name.split(".", 1).join().toUpperCase().replaceAll("-", "_")}`,
      join(volumesDirectory(ctx), name),
    ]),
  );
}

/**
 * Arguments: the service's directory, the volumes' names. Each volume is given to the service's own user (the owner of
 * its `home`), whoever owned it before. Root owns the directory above, so no volume in it can be replaced with a link.
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
 * path. Files of the source at a volume's path become the first content of an empty volume.
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

/** Safe to repeat. Throws `start-failed` when a file of the source is at a volume's path. */
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
