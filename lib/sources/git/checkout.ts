import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { GitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import type { Git, GitAccess, Remote } from "./git";
import type { Mirrors } from "./mirror";

/** The largest commit that is accepted. */
export interface CheckoutLimits {
  bytes: number;
  entries: number;
}

/** The tools that turn a repository into files. */
export interface Workshop {
  git: Git;
  mirrors: Mirrors;
  limits: CheckoutLimits;
  /** The remote of a submodule's server, after the same checks as the repository's own. */
  remoteFor(address: GitAddress, url: string, access: GitAccess): Promise<Remote>;
  signal?: AbortSignal;
}

export interface Submodule {
  path: string;
  commit: string;
}

export interface CheckedOut {
  submodules: Submodule[];
  files: number;
  bytes: number;
}

interface TreeEntry {
  mode: string;
  id: string;
  size: number;
  path: string;
}

const GITLINK = "160000";
/** A few trees that name each other many times take hours to list. */
const LIST_MS = 60_000;

interface Options {
  folder: string;
  limits: CheckoutLimits;
  index: string;
  signal?: AbortSignal;
}

/**
 * Writes the files of a commit, or of one folder of it, into `to`, which must not exist. No code of the repository
 * runs: filters and hooks are not configured, and links are written as links, which the source's own rules check
 * afterwards. Throws `git-too-large`, and `git-folder-missing` where the commit has no such folder.
 */
export async function checkOut(
  git: Git,
  mirror: string,
  commit: string,
  to: string,
  options: Options,
): Promise<CheckedOut> {
  const entries = await listTree(git, mirror, commit, options);
  const wanted = options.folder === "" ? entries : entries.filter(({ path }) => path.startsWith(`${options.folder}/`));
  if (wanted.length === 0) throw new Problem("git-folder-missing", { params: { folder: options.folder, commit } });
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  if (bytes > options.limits.bytes || entries.length > options.limits.entries) throw tooLarge(options.limits);
  await mkdir(to, { recursive: true, mode: 0o700 });
  const work = {
    cwd: mirror,
    env: { GIT_INDEX_FILE: options.index },
    ...(options.signal && { signal: options.signal }),
  };
  await git.local(["read-tree", commit], work);
  const files = wanted.filter(({ mode }) => mode !== GITLINK);
  const stdin = files.map(({ path }) => `${path}\0`).join("");
  await git.local(["-c", "core.bare=false", `--work-tree=${to}`, "checkout-index", "--quiet", "-z", "--stdin"], {
    ...work,
    stdin,
  });
  await refuseLinkedFolder(to, options.folder);
  const submodules = wanted.filter(({ mode }) => mode === GITLINK).map(({ path, id }) => ({ path, commit: id }));
  return { submodules, files: files.length, bytes };
}

export function tooLarge({ bytes }: CheckoutLimits, cause?: unknown): Problem {
  return new Problem("git-too-large", { params: { repository: "", limit: Math.round(bytes / 2 ** 20) }, cause });
}

async function listTree(git: Git, mirror: string, commit: string, options: Options): Promise<TreeEntry[]> {
  const late = AbortSignal.timeout(LIST_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const list = git.local(["ls-tree", "-r", "-z", "-l", "--full-tree", commit], {
    cwd: mirror,
    keepBytes: 256 * 1024 * 1024,
    signal,
  });
  const text = await list.catch((cause) => {
    options.signal?.throwIfAborted();
    throw late.aborted ? tooLarge(options.limits, cause) : cause;
  });
  return text
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [head = "", path = ""] = [entry.slice(0, entry.indexOf("\t")), entry.slice(entry.indexOf("\t") + 1)];
      const [mode = "", , id = "", size = "-"] = head.split(/ +/);
      return { mode, id, size: size === "-" ? 0 : Number(size), path };
    });
}

/** The service's folder must be a real folder, not a link to another place. */
async function refuseLinkedFolder(root: string, folder: string): Promise<void> {
  const names = folder === "" ? [] : folder.split("/");
  for (let depth = 1; depth <= names.length; depth++) {
    const seen = await lstat(join(root, ...names.slice(0, depth)));
    if (!seen.isDirectory()) throw new Problem("git-folder-missing", { params: { folder, commit: "" } });
  }
}
