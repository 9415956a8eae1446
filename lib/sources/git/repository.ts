import { mkdir, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { readGitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import { checkOut, type Submodule, type Workshop } from "./checkout";
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
  const counts = { submodules: 0, largeFiles: 0 };
  try {
    await checkOutInto(workshop, wanted, to, counts, SUBMODULE_DEPTH);
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw error;
  }
  return { path: join(to, wanted.folder), ...counts };
}

async function checkOutInto(
  workshop: Workshop,
  { remote, commit, ref, folder }: Wanted,
  to: string,
  counts: Omit<Checkout, "path">,
  depth: number,
): Promise<void> {
  const { git, mirrors, limits, signal } = workshop;
  const mirror = await mirrors.fetch(remote, commit, ref, signal);
  await mkdir(join(to, ".."), { recursive: true });
  const index = `${to}.index`;
  try {
    const { submodules } = await checkOut(git, mirror, commit, to, {
      folder,
      limits,
      index,
      ...(signal && { signal }),
    });
    counts.largeFiles += await fetchLargeFiles(workshop, remote, { mirror, index, to, folder });
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
  counts: Omit<Checkout, "path">,
  depth: number,
): Promise<void> {
  const url = named === undefined ? null : submoduleUrl(parent.url, named);
  const address = url === null ? null : readGitAddress(url);
  if (url === null || address === null)
    throw new Problem("git-submodule-refused", { params: { path, reason: "address" } });
  // Credentials are only for the server that they were given for.
  const isSameServer = address.host === parent.address.host && address.transport === parent.address.transport;
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
