import { mkdir, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { gitServerOf, readGitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import { checkOut, type Submodule, tooLarge, type Workshop } from "./checkout";
import type { GitAccess, Remote } from "./git";
import { fetchLargeFiles } from "./large-files";

/** The depth of nested submodules that are followed, and the limit of their number. */
const SUBMODULE_DEPTH = 5;
const SUBMODULES = 50;

export interface Checkout {
  /** The path of the files: the service's folder within the repository. */
  path: string;
  submodules: number;
  largeFiles: number;
}

interface Wanted {
  remote: Remote;
  commit: string;
  /** The server's name for it, for servers that serve a commit only by a name. */
  ref: string;
  /** The service's folder; empty for the whole repository. */
  folder: string;
}

/**
 * Writes a commit into `to`, which must not exist, with its submodules and its large files, and answers the service's
 * folder in it. No code of the repository runs. On failure everything written is removed.
 */
export async function checkOutRepository(workshop: Workshop, wanted: Wanted, to: string): Promise<Checkout> {
  const counts = { root: to, submodules: 0, largeFiles: 0, bytes: 0, entries: 0 };
  try {
    await checkOutInto(workshop, wanted, to, counts, SUBMODULE_DEPTH);
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    // The limit of a submodule was what the others had left of it.
    if (error instanceof Problem && error.code === "git-too-large" && error.params.repository === "")
      throw tooLarge(workshop.limits, error);
    throw error;
  }
  return { path: join(to, wanted.folder), submodules: counts.submodules, largeFiles: counts.largeFiles };
}

/** What was written so far, of the repository and its submodules together. */
interface Counts {
  /** The folder of the whole checkout. */
  root: string;
  submodules: number;
  largeFiles: number;
  bytes: number;
  entries: number;
}

function remaining(workshop: Workshop, { bytes, entries }: Counts): Workshop {
  const { limits } = workshop;
  return { ...workshop, limits: { bytes: limits.bytes - bytes, entries: limits.entries - entries } };
}

async function checkOutInto(
  workshop: Workshop,
  { remote, commit, ref, folder }: Wanted,
  to: string,
  counts: Counts,
  depth: number,
): Promise<void> {
  const { git, mirrors, signal } = workshop;
  const mirror = await mirrors.fetch(remote, commit, ref, signal);
  await mkdir(join(to, ".."), { recursive: true });
  // Beside everything that is checked out: Git would write through a link that a repository has in its place.
  const index = `${counts.root}.index-${counts.submodules}`;
  try {
    const { limits } = remaining(workshop, counts);
    const written = await checkOut(git, mirror, commit, to, { folder, limits, index, ...(signal && { signal }) });
    const { submodules } = written;
    counts.bytes += written.bytes;
    counts.entries += written.files;
    const large = await fetchLargeFiles(remaining(workshop, counts), remote, { mirror, index, to, folder });
    counts.largeFiles += large.count;
    counts.bytes += large.bytes;
    if (submodules.length === 0) return;
    if (depth === 0) throw new Problem("git-submodule-refused", { params: { path: "", reason: "depth" } });
    const addresses = await submoduleAddresses(workshop, mirror, commit);
    for (const submodule of submodules) {
      counts.submodules += 1;
      if (counts.submodules > SUBMODULES)
        throw new Problem("git-submodule-refused", { params: { path: submodule.path, reason: "count" } });
      await checkOutSubmodule(workshop, remote, submodule, addresses.get(submodule.path), to, counts, depth);
    }
  } finally {
    await rm(index, { force: true });
  }
}

async function checkOutSubmodule(
  workshop: Workshop,
  parent: Remote,
  { path, commit }: Submodule,
  named: string | undefined,
  to: string,
  counts: Counts,
  depth: number,
): Promise<void> {
  const url = named === undefined ? null : submoduleUrl(parent.url, named);
  const address = url === null ? null : readGitAddress(url);
  if (url === null || address === null)
    throw new Problem("git-submodule-refused", { params: { path, reason: "address" } });
  // Credentials are for the server that they were given for.
  const isSameServer = gitServerOf(address) === gitServerOf(parent.address);
  const access: GitAccess = isSameServer ? parent.access : { hostKeys: [] };
  const remote = await workshop.remoteFor(address, url, access);
  const place = join(to, path);
  await rm(place, { recursive: true, force: true }); // an empty folder, where Git wrote one
  await checkOutInto(workshop, { remote, commit, ref: commit, folder: "" }, place, counts, depth - 1);
}

/** The submodules in the commit's `.gitmodules`, by path. A submodule that it does not name has no address. */
async function submoduleAddresses({ git }: Workshop, mirror: string, commit: string): Promise<Map<string, string>> {
  const text = await git
    .local(["config", "--blob", `${commit}:.gitmodules`, "--null", "--list"], { cwd: mirror })
    .catch(() => "");
  const settings = new Map<string, { path?: string; url?: string }>();
  for (const entry of text.split("\0")) {
    const [, name, key] = /^submodule\.([\s\S]+)\.(path|url)\n/.exec(entry) ?? [];
    if (name === undefined || key === undefined) continue;
    settings.set(name, { ...settings.get(name), [key]: entry.slice(entry.indexOf("\n") + 1) });
  }
  return new Map([...settings.values()].flatMap(({ path, url }) => (path && url ? [[path, url] as const] : [])));
}

/** `../other.git` is relative to the repository that names it. Anything else must be a complete address. */
export function submoduleUrl(parent: string, named: string): string | null {
  if (!/^\.\.?\//.test(named)) return readGitAddress(named) === null ? null : named;
  const match = /^([a-z]+:\/\/[^/]+\/|[^:/]+@[^:/]+:)(.*)$/.exec(parent);
  if (!match) return null;
  const [, server = "", path = ""] = match;
  const joined = posix.normalize(posix.join("/", path, named)).slice(1);
  return joined === "" ? null : `${server}${joined}`;
}
