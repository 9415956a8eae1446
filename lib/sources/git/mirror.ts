import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Commit } from "@/lib/contracts/git-source";
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

/** The commit that a branch or a tag names now. */
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
   * Asks the server for the commit of a branch, or else of a tag. Throws `git-empty` for a repository without commits
   * and `git-ref-missing` for a name that it does not have.
   */
  async resolve(remote: Remote, name: string, signal?: AbortSignal): Promise<ResolvedRef> {
    const refs = await this.#refs(remote, signal);
    if (refs.size === 0) throw new Problem("git-empty", { params: { repository: remote.address.path } });
    // An annotated tag is an object of its own; `^{}` is the commit that it names.
    for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`]) {
      const commit = refs.get(`${ref}^{}`) ?? refs.get(ref);
      if (commit !== undefined) return { name, ref, commit };
    }
    throw new Problem("git-ref-missing", { params: { ref: name, repository: remote.address.path } });
  }

  async #refs(remote: Remote, signal?: AbortSignal): Promise<Map<string, string>> {
    const listed = await this.#git.remote(remote, ["ls-remote", "--quiet", "--heads", "--tags", "--", remote.url], {
      ...(signal && { signal }),
    });
    const lines = listed.split("\n").filter((line) => line !== "");
    return new Map(lines.map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, line.indexOf("\t"))]));
  }

  /**
   * Fetches a commit, with the fifty before it, and answers the folder of the bare repository that has it. Fetches
   * nothing when it is already there. Throws `git-commit-missing` when the server no longer has it and `git-too-large`
   * when the repository exceeds its limit.
   */
  async fetch(remote: Remote, commit: string, from: string, signal?: AbortSignal): Promise<string> {
    const folder = join(this.#folder, keyOf(remote));
    await this.#open(folder);
    if (!(await this.has(folder, commit))) {
      await this.#fetchInto(folder, remote, commit, from, signal);
      await this.#evict(folder);
    }
    const now = new Date();
    await utimes(join(folder, "used"), now, now);
    return folder;
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

  async #open(folder: string): Promise<void> {
    if ((await stat(join(folder, "used")).catch(() => null)) !== null) return;
    // Several processes may create it concurrently: the first one publishes it complete.
    const created = `${folder}.${randomUUID()}`;
    await mkdir(created, { recursive: true, mode: 0o700 });
    try {
      await this.#git.local(["init", "--quiet", "--bare", "--template=", created]);
      await writeFile(join(created, "used"), "");
      await rename(created, folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      });
    } finally {
      await rm(created, { recursive: true, force: true });
    }
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
    try {
      await limit.during(() => this.#git.remote(remote, args, { ...options, cwd: folder, wrap }));
    } catch (error) {
      if (!limit.isExceeded) throw error;
      await rm(folder, { recursive: true, force: true });
      const params = { repository: remote.address.path, limit: Math.round(this.#limits.repositoryBytes / MIB) };
      throw new Problem("git-too-large", { params, cause: error });
    }
  }

  /** Removes the least recently used repositories until the rest fits; never the current one. */
  async #evict(current: string): Promise<void> {
    const mirrors = await Promise.all(
      (await readdir(this.#folder)).map(async (name) => {
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

/** Credentials are part of the key: a caller with none, or with others, does not read what these have fetched. */
function keyOf({ url, access }: Remote): string {
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
      const result = await work();
      // The fetch may have ended between two checks.
      await this.#check();
      this.signal.throwIfAborted();
      return result;
    } finally {
      clearInterval(timer);
    }
  }

  async #check(): Promise<void> {
    if ((await sizeOf(this.folder)) > this.bytes) this.#controller.abort(new Error("the repository is too large"));
  }
}

/** The size of the files in a folder in bytes. Files that disappear meanwhile count as zero. */
async function sizeOf(folder: string): Promise<number> {
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
