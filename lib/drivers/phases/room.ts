import { Problem } from "@/lib/contracts/problem";
import type { SourceTree, TreeEntry } from "@/lib/hosts/host";
import type { PhaseContext } from "../driver";
import { measureFolders } from "../inventory/folders";
import { bytes } from "../quantity";
import { releaseLayout } from "../release-layout";

/** Left free whatever comes: a full disk harms everybody on the host. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** What will be written below a path, and what for. */
export interface Need {
  path: string;
  bytes: number;
  what: string;
}

/** The files in their place, and until they are there the pack of those that travel. */
export function transferNeeds(
  { base: path }: Pick<PhaseContext, "base">,
  tree: SourceTree,
  known: readonly TreeEntry[],
): Need[] {
  const atHand = new Set(known.map(({ path: name, digest }) => `${name} ${digest}`));
  const travelling = tree.entries.filter((entry) => !atHand.has(`${entry.path} ${entry.digest}`));
  const packed = travelling.reduce((sum, { size }) => sum + size, 0);
  return [
    { path, bytes: tree.bytes, what: "the files" },
    { path, bytes: packed, what: "sending them" },
  ];
}

/** What a build adds to a release's own folder, as it did to the newest one that is there. */
export async function installNeeds({ host, base, serviceName, artifacts }: PhaseContext): Promise<Need[]> {
  const [newest] = artifacts;
  const sent = (newest?.artifact as { bytes?: number } | null | undefined)?.bytes;
  if (!newest || sent === undefined) return [];
  const { directory } = releaseLayout({ base, serviceName }, newest.id);
  const whole = (await measureFolders({ host, base }, [directory])).get(directory) ?? sent;
  return [{ path: base, bytes: Math.max(0, whole - sent), what: "what the build adds" }];
}

/** For each path the device that it is, or will be, on. */
const DEVICES = `
for path; do
  while [ ! -e "$path" ]; do path=$(dirname -- "$path"); done
  stat -c %d -- "$path"
done
`;

/** Compares what will be written with what is free, on each disk of the host by itself. Throws `disk-full`. */
export async function checkRoom(
  ctx: Pick<PhaseContext, "host" | "signal" | "log">,
  needs: readonly Need[],
): Promise<void> {
  const paths = [...new Set(needs.map(({ path }) => path))];
  const { stdout } = await ctx.host.run({ args: ["sh", "-c", DEVICES, "sh", ...paths] }, { signal: ctx.signal });
  const devices = new Map(stdout.split("\n").map((device, index) => [paths[index], device]));
  for (const group of Map.groupBy(needs, ({ path }) => devices.get(path)).values()) {
    const [first] = group;
    if (!first) continue;
    const needed = group.reduce((sum, need) => sum + need.bytes, SPARE_BYTES);
    const free = await ctx.host.diskFreeBytes(first.path);
    const parts = group.filter((need) => need.bytes > 0).map((need) => `${bytes(need.bytes)} for ${need.what}`);
    ctx.log(`${first.path}: ${bytes(free)} free; ${[...parts, `${bytes(SPARE_BYTES)} to spare`].join(", ")}`);
    if (free < needed) throw diskFull(free, needed, parts);
  }
}

export function diskFull(freeBytes: number, neededBytes: number, parts: readonly string[] = []): Problem {
  const why = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  const detail = `${bytes(freeBytes)} free, ${bytes(neededBytes)} needed${why}`;
  return new Problem("disk-full", { params: { freeBytes, neededBytes }, detail });
}
