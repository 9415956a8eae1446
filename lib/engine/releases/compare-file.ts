import { hash } from "node:crypto";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { Problem } from "@/lib/contracts/problem";
import type { FileDifference, ReleasePair } from "@/lib/contracts/release";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace, ServicePlace } from "@/lib/drivers/driver";
import { readManifest } from "@/lib/drivers/release-files";
import { releaseLayout } from "@/lib/drivers/release-layout";
import type { Host, TreeEntry } from "@/lib/hosts/host";
import { withConnection } from "@/lib/targets/registry";
import { twoReleases } from "./preview-rollback";

/** The limit for each of the two files. */
const MOST_BYTES = 512 * 1024;
const MOST_LINES = 4_000;
const CONTEXT_LINES = 3;
const DIFF_MS = 2_000;
/** Long enough for half a megabyte over a slow network. */
const READ_MS = 10_000;
/** A service may replace its file with a pipe or lock it: unlike a file read, a waiting command can be stopped. */
const READ = 'head -c "$2" -- "$1" | base64';

/**
 * The differing lines of one text file of two releases. Only transferred files are shown: the path must be in a
 * release's manifest, and the file on the host must still have its digest from the manifest. So neither a path nor a
 * link created by a service leads to another file.
 */
export async function compareFile(
  serviceName: string,
  actor: Actor,
  { path, ...pair }: ReleasePair & { path: string },
): Promise<FileDifference> {
  const { service, from, to } = await twoReleases(serviceName, actor, pair);
  return withConnection(service.target, async ({ host }) => {
    if (!host) throw new Problem("not-found");
    const place = { ...host, serviceName: service.name };
    const [before, after] = await Promise.all([from, to].map(({ id }) => readSent(place, id, path)));
    if (before === null && after === null) throw new Problem("not-found");
    return differenceOf(path, before ?? Buffer.alloc(0), after ?? Buffer.alloc(0));
  });
}

type Sent = Buffer | "too-large" | "changed-since" | null;

/** Null when the release has no such file. */
async function readSent(place: ServicePlace<HostPlace>, releaseId: string, path: string): Promise<Sent> {
  const entries = await readManifest(place, releaseId);
  if (!entries) throw new Problem("release-gone", { params: { releaseId } });
  const entry = entries.find((one) => one.path === path && one.kind === "file");
  return entry ? readEntry(place, releaseId, entry) : null;
}

async function readEntry(place: ServicePlace<HostPlace>, releaseId: string, entry: TreeEntry): Promise<Sent> {
  if (entry.size > MOST_BYTES) return "too-large";
  const file = join(releaseLayout(place, releaseId).directory, entry.path);
  const found = await place.host.stat(file);
  if (found?.kind !== "file" || found.size !== entry.size) return "changed-since";
  const content = await readWithin(READ_MS, place.host, file, entry.size);
  return content && hash("sha256", content) === entry.digest ? content : "changed-since";
}

/** Null when it could not be read in time. Exported for its test. */
export async function readWithin(ms: number, host: Host, file: string, bytes: number): Promise<Buffer | null> {
  const signal = AbortSignal.timeout(ms);
  try {
    const { stdout } = await host.run({ args: ["sh", "-c", READ, "sh", file, String(bytes)] }, { signal });
    return Buffer.from(stdout, "base64");
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Exported for its test. */
export function differenceOf(path: string, before: Exclude<Sent, null>, after: Exclude<Sent, null>): FileDifference {
  const none = { path, hunks: [], isCut: false };
  for (const side of [before, after]) if (typeof side === "string") return { ...none, kind: side };
  const [old, now] = [before, after].map((side) => textOf(side as Buffer));
  if (old === null || now === null || old === undefined || now === undefined) return { ...none, kind: "binary" };
  const patch = structuredPatch(path, path, old, now, "", "", { context: CONTEXT_LINES, timeout: DIFF_MS });
  if (!patch) return { ...none, kind: "too-large" };
  let left = MOST_LINES;
  const hunks = patch.hunks.flatMap(({ oldStart, newStart, lines }) => {
    const shown = lines.filter((line) => !line.startsWith("\\")).slice(0, Math.max(0, left));
    left -= lines.length;
    return shown.length === 0 ? [] : [{ fromLine: oldStart, toLine: newStart, lines: shown.map(toLine) }];
  });
  return { path, kind: "text", hunks, isCut: left < 0 };
}

function toLine(line: string): ["+" | "-" | " ", string] {
  return [line[0] === "+" ? "+" : line[0] === "-" ? "-" : " ", line.slice(1)];
}

/** Null for content that is not UTF-8 text. */
function textOf(content: Buffer): string | null {
  if (content.includes(0)) return null;
  const text = content.toString("utf8");
  return Buffer.from(text, "utf8").equals(content) ? text : null;
}
