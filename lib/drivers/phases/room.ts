import { Problem } from "@/lib/contracts/problem";
import type { SourceTree, TreeEntry } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import type { PhaseContext } from "../driver";
import { measureFolders } from "../inventory/folders";
import { bytes } from "../quantity";
import { releaseLayout } from "../release-layout";

/** Always left free: a full disk harms every service on the host. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** The bytes that will be written below a path, and their purpose. */
export interface Need {
  path: string;
  /** Null when the number is unknown: this part is not checked, and the log says so. */
  bytes: number | null;
  what: string;
}

/** Space for the files, and for the pack of those that must be sent. */
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

/** Space for a build's additions to a release's folder, estimated from the newest release on the host. */
export async function installNeeds({ host, base, serviceName, artifacts }: PhaseContext): Promise<Need[]> {
  const need = { path: base, what: "what the build adds" };
  const [newest] = artifacts;
  const sent = (newest?.artifact as { bytes?: number } | null | undefined)?.bytes;
  if (!newest || sent === undefined) return [{ ...need, bytes: null }];
  const { directory } = releaseLayout({ base, serviceName }, newest.id);
  const sizes = await measureFolders({ host, base }, [directory]).catch(() => null);
  const whole = sizes?.get(directory);
  return [{ ...need, bytes: whole === undefined ? null : Math.max(0, whole - sent) }];
}

/** Prints for each path the device that it is, or will be, on. */
const DEVICES = `
for path; do
  while [ ! -e "$path" ]; do path=$(dirname -- "$path"); done
  stat -c %d -- "$path"
done
`;

type Checked = Pick<PhaseContext, "host" | "signal" | "log">;

/**
 * Compares the needed with the free space, on each disk of the host. Throws `disk-full`. Unknown free space fails no
 * deployment.
 */
export async function checkRoom(ctx: Checked, needs: readonly Need[], code: FullCode = "disk-full"): Promise<void> {
  const devices = await devicesOf(ctx, [...new Set(needs.map(({ path }) => path))]);
  for (const [first, ...others] of Map.groupBy(needs, ({ path }) => devices.get(path) ?? path).values()) {
    if (!first) continue;
    const group = [first, ...others];
    const needed = group.reduce((sum, need) => sum + (need.bytes ?? 0), SPARE_BYTES);
    const free = await unlessUnknown(ctx, ctx.host.diskFreeBytes(first.path));
    const parts = group.filter((need) => need.bytes !== 0).map(partOf);
    const isFree = free === null ? "free space not known" : `${bytes(free)} free`;
    ctx.log(`${first.path}: ${isFree}; ${[...parts, `${bytes(SPARE_BYTES)} to spare`].join(", ")}`);
    if (free !== null && free < needed) throw diskFull(free, needed, parts, code);
  }
}

/** The same for the machine that Landfall runs on. Throws `storage-full`, because it is not the target's disk. */
export function checkRoomHere({ signal, log }: Omit<Checked, "host">, needs: readonly Need[]): Promise<void> {
  return checkRoom({ host: new LocalHost(), signal, log }, needs, "storage-full");
}

function partOf({ bytes: size, what }: Need): string {
  return size === null ? `not known for ${what}` : `${bytes(size)} for ${what}`;
}

/** A path whose device is not known is treated as a disk of its own. */
async function devicesOf({ host, signal }: Checked, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length < 2) return new Map();
  const asked = host.run({ args: ["sh", "-c", DEVICES, "sh", ...paths] }, { signal });
  const lines = (await unlessUnknown({ signal }, asked))?.stdout.split("\n") ?? [];
  return new Map(paths.flatMap((path, index) => (lines[index] ? [[path, lines[index]]] : [])));
}

async function unlessUnknown<T>({ signal }: Pick<Checked, "signal">, answer: Promise<T>): Promise<T | null> {
  return await answer.catch(() => {
    signal.throwIfAborted();
    return null;
  });
}

type FullCode = "disk-full" | "storage-full";

export function diskFull(
  freeBytes: number,
  neededBytes: number,
  parts: readonly string[] = [],
  code: FullCode = "disk-full",
): Problem {
  const why = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  const detail = `${bytes(freeBytes)} free, ${bytes(neededBytes)} needed${why}`;
  return new Problem(code, { params: { freeBytes, neededBytes }, detail });
}
