import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Commit, isRefName, refName } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import type { RunOptions } from "@/lib/hosts/host";
import type { Git, Remote, Run } from "./git";

/** The depth of a fetch: "the commits between" and "the newest twenty" are read from it. */
const DEPTH = 50;
const SIZE_CHECK_MS = 500;
const MIB = 1024 * 1024;

export interface MirrorLimits {
  /** The limit of one repository on this machine, including a running fetch. */
  repositoryBytes: number;
  /** The limit of all repositories: the least recently used are removed first. */
  cacheBytes: number;
}

/** What a server has, by full names (`refs/heads/main`). `^{}` after a tag is the commit that it names. */
export interface RemoteRefs {
  /** The full name of the default branch, where the server tells it. */
  head: string | null;
  commits: ReadonlyMap<string, string>;
}

/** Where a branch or a tag is now. */
export interface ResolvedRef {
  name: string;
  /** The server's own name for it: `refs/heads/main`. */
  ref: string;
  commit: string;
}

/**
 * The repositories that this machine has fetched: one bare repository per address and credential, so that a caller
 * reads only commits that its own credentials fetched. Only the newest commits are there; a fetch adds what is missing.
 * Several workers on one machine share it: a fetch holds a lock that the kernel releases when its process dies.
 */
export class Mirrors {
  readonly #git: Git;
  readonly #run: Run;
  readonly #folder: string;
  readonly #limits: MirrorLimits;

  constructor(git: Git, run: Run, folder: string, limits: MirrorLimits) {
    this.#git = git;
    this.#run = run;
    this.#folder = join(folder, "mirrors");
    this.#limits = limits;
  }

  /**
   * Asks the server where a branch, or else a tag, is; its default branch without a name. Throws `git-empty` for a
   * repository without commits and `git-ref-missing` for a name that it does not have.
   */
  async resolve(remote: Remote, name: string | null, signal?: AbortSignal): Promise<ResolvedRef> {
    return refIn(await this.listRefs(remote, signal), remote, name);
  }

  /** The branches and tags that the server has. Patterns instead of `--heads` let it name its default branch too. */
  async listRefs(remote: Remote, signal?: AbortSignal): Promise<RemoteRefs> {
    const args = ["ls-remote", "--quiet", "--symref", "--", remote.url, "HEAD", "refs/heads/*", "refs/tags/*"];
    const listed = await this.#git.remote(remote, args, { ...(signal && { signal }) });
    const commits = new Map<string, string>();
    let head: string | null = null;
    for (const line of listed.split("\n").filter((line) => line !== "")) {
      const [value, ref] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
      if (value.startsWith("ref: ")) head = ref === "HEAD" ? value.slice("ref: ".length) : head;
      else if (/^refs\/(heads|tags)\//.test(ref)) commits.set(ref, value);
    }
    return { head, commits };
  }

  /**
   * Fetches a commit, with the fifty before it, and answers the folder of the bare repository that has it. Fetches
   * nothing when it is already there. Throws `git-commit-missing` when the server no longer has it and `git-too-large`
   * when the repository exceeds its limit.
   */
  async fetch(remote: Remote, commit: string, from: string, signal?: AbortSignal): Promise<string> {
    const folder = join(this.#folder, mirrorKey(remote));
    const wasThere = await this.#open(folder);
    if (!(await this.has(folder, commit))) {
      await this.#fetchInto(folder, remote, commit, from, signal).catch(async (error: unknown) => {
        // What earlier fetches left here may be what is too much; it is gone by now.
        if (!wasThere || !(error instanceof Problem) || error.code !== "git-too-large") throw error;
        await this.#open(folder);
        await this.#fetchInto(folder, remote, commit, from, signal);
      });
      await this.#evict(folder);
    }
    await this.#touch(folder);
    return folder;
  }

  /** The bare repository as it is on this machine now; null where it was never fetched. Asks no server. */
  async find(remote: Remote): Promise<string | null> {
    const folder = join(this.#folder, mirrorKey(remote));
    return (await stat(join(folder, "used")).catch(() => null)) === null ? null : folder;
  }

  /** Whether a commit is the tip or before it, as far back as this machine has fetched. */
  async isBefore(folder: string, commit: string, tip: string): Promise<boolean> {
    const asked = this.#git.local(["merge-base", "--is-ancestor", commit, tip], { cwd: folder });
    return asked.then(
      () => true,
      () => false,
    );
  }

  async has(folder: string, commit: string): Promise<boolean> {
    const kind = this.#git.local(["cat-file", "-t", commit], { cwd: folder });
    return (await kind.catch(() => "")).trim() === "commit";
  }

  /** The commit and up to `count` before it, newest first. */
  async history(folder: string, commit: string, count: number): Promise<Commit[]> {
    return this.#log(folder, [`--max-count=${count}`, commit]);
  }

  /** The commits of `to` that `from` lacks, newest first. */
  async between(folder: string, from: string, to: string): Promise<Commit[]> {
    return this.#log(folder, [`--max-count=${DEPTH}`, `${from}..${to}`]);
  }

  async #log(folder: string, what: readonly string[]): Promise<Commit[]> {
    const format = "--format=%H%x00%aI%x00%an%x00%s%x00%x01";
    const text = await this.#git.local(["log", "--no-decorate", "--no-color", format, ...what, "--"], { cwd: folder });
    return text
      .split("\u0001")
      .map((entry) => entry.trimStart().split("\0"))
      .filter((parts) => parts.length >= 4)
      .map(([id = "", at = "", author = "", message = ""]) => ({
        id,
        message: oneLine(message, 300),
        author: oneLine(author, 100),
        at: Number.isNaN(Date.parse(at)) ? null : at,
      }));
  }

  /**
   * Answers whether it was there. The repository appears whole: several processes may begin it at one time, and the first
   * one's is used.
   */
  async #open(folder: string): Promise<boolean> {
    if (await this.#touch(folder)) return true;
    const staging = join(this.#folder, `.new-${randomUUID()}`);
    try {
      await mkdir(staging, { recursive: true, mode: 0o700 });
      await this.#git.local(["init", "--quiet", "--bare", "--template=", staging]);
      await writeFile(join(staging, "used"), "");
      await rename(staging, folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    return false;
  }

  /** Sets when it was last used, so that it is not the next one that is removed. False when it is not there. */
  async #touch(folder: string): Promise<boolean> {
    const now = new Date();
    return utimes(join(folder, "used"), now, now).then(
      () => true,
      () => false,
    );
  }

  async #fetchInto(folder: string, remote: Remote, commit: string, from: string, signal?: AbortSignal): Promise<void> {
    // A reference for each branch keeps its commits: a fetch then transfers only what is missing.
    const kept = `refs/landfall/${createHash("sha256").update(from).digest("hex").slice(0, 16)}`;
    try {
      await this.#fetch(folder, remote, [`+${commit}:${kept}`], signal);
    } catch (error) {
      // Older servers only serve commits that a branch or a tag names.
      if (!(error instanceof Problem) || error.code !== "git-commit-missing" || from === commit) throw error;
      await this.#fetch(folder, remote, [`+${from}:${kept}`], signal);
    }
    if (!(await this.has(folder, commit)))
      throw new Problem("git-commit-missing", { params: { commit, repository: remote.address.path } });
  }

  async #fetch(folder: string, remote: Remote, refs: readonly string[], signal?: AbortSignal): Promise<void> {
    const limit = new SizeLimit(folder, this.#limits.repositoryBytes);
    const options: RunOptions = { signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal };
    const args = [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      `--depth=${DEPTH}`,
      "--",
      remote.url,
      ...refs,
    ];
    const wrap = ["flock", "--exclusive", join(folder, "used")];
    const fetching = limit.during(() => this.#git.remote(remote, args, { ...options, cwd: folder, wrap }));
    const failure = await fetching.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (limit.isExceeded) {
      await rm(folder, { recursive: true, force: true });
      const params = { repository: remote.address.path, limit: Math.round(this.#limits.repositoryBytes / MIB) };
      throw new Problem("git-too-large", { params, cause: failure });
    }
    if (failure !== undefined) throw failure;
  }

  /** Removes the least recently used repositories until the rest fits; never the current one. */
  async #evict(current: string): Promise<void> {
    const mirrors = await Promise.all(
      (await readdir(this.#folder)).filter(isMirror).map(async (name) => {
        const folder = join(this.#folder, name);
        const used = await stat(join(folder, "used")).catch(() => null);
        return { folder, bytes: await sizeOf(folder), usedAt: used?.mtimeMs ?? 0 };
      }),
    );
    let total = mirrors.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { folder, bytes } of mirrors.toSorted((one, other) => one.usedAt - other.usedAt)) {
      if (total <= this.#limits.cacheBytes) return;
      if (folder === current || !(await this.#remove(folder))) continue;
      total -= bytes;
    }
  }

  /** Unless a process is fetching into it. */
  async #remove(folder: string): Promise<boolean> {
    const lock = join(folder, "used");
    const { exitCode } = await this.#run({
      args: ["flock", "--exclusive", "--nonblock", lock, "rm", "-rf", "--", folder],
    });
    return exitCode === 0;
  }
}

/** And not one that a process has just begun. */
function isMirror(name: string): boolean {
  return !name.startsWith(".");
}

/** Throws as `Mirrors.resolve` does. */
export function refIn({ head, commits }: RemoteRefs, { address }: Remote, name: string | null): ResolvedRef {
  if (commits.size === 0) throw new Problem("git-empty", { params: { repository: address.path } });
  const wanted = name === null ? [head ?? ""] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const ref of wanted) {
    const commit = commits.get(`${ref}^{}`) ?? commits.get(ref);
    const short = refName(ref);
    // A server may name its default branch as it likes; what Git would read as something else is not used.
    if (commit !== undefined && isRefName(short)) return { name: short, ref, commit };
  }
  throw new Problem("git-ref-missing", { params: { ref: name ?? "HEAD", repository: address.path } });
}

/** Credentials are part of it: who has none, or other ones, does not read what these have fetched. */
export function mirrorKey({ url, access }: Remote): string {
  const parts = [url, access.deployKey?.reveal() ?? "", access.token?.user ?? "", access.token?.secret.reveal() ?? ""];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
}

/** A person's text on one line, without terminal control characters. */
function oneLine(text: string, most: number): string {
  return text
    .toWellFormed()
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, most);
}

/** Ends a fetch that exceeds the limit of a repository: a server need not state the size beforehand. */
class SizeLimit {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;

  constructor(
    private readonly folder: string,
    private readonly bytes: number,
  ) {}

  get isExceeded(): boolean {
    return this.signal.aborted;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.#check(), SIZE_CHECK_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      // A fetch may have ended between two checks.
      if (!this.isExceeded) await this.#check();
    }
  }

  async #check(): Promise<void> {
    if ((await sizeOf(this.folder)) > this.bytes) this.#controller.abort(new Error("the repository is too large"));
  }
}

/** Bytes of the files in a folder. What goes away meanwhile counts nothing. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
