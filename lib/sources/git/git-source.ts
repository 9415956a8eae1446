import { createHash, randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { shortCommit } from "@/lib/contracts/commit";
import { type Commit, type GitAddress, readGitAddress, refName } from "@/lib/contracts/git-source";
import { isBound } from "@/lib/contracts/grants";
import { Problem } from "@/lib/contracts/problem";
import type { RevisionOf, SourceOf } from "@/lib/contracts/source";
import { LocalHost } from "@/lib/hosts/local-host";
import { env } from "@/lib/platform/env";
import type { MaterialiseContext, ReadContext, SourceFinding, SourceProvider, SourceReader } from "../source";
import type { Workshop } from "./checkout";
import { Git, type GitAccess, type Remote, type Run } from "./git";
import { knownHostKeys } from "./known-servers";
import { Mirrors, mirrorKey, type ResolvedRef, refIn, sizeOf } from "./mirror";
import { reachOf } from "./reach";
import { checkOutRepository } from "./repository";

const MIB = 2 ** 20;
/** Files, folders, links and submodules of one commit. */
const MOST_ENTRIES = 200_000;
/** How long saving a service waits for the name of its server. */
const RESOLVE_MS = 2_000;
/** How many commits people choose from. */
const NEWEST = 20;

type GitSource = SourceOf<"git">;
type GitRevision = RevisionOf<"git">;

/** A repository on a Git server. A deployment gets one commit of it, whatever its branch does meanwhile. */
export const gitSource = {
  /** Nothing is fetched: a server that does not answer now may answer when it is deployed. */
  async check({ url }, context) {
    const problem = await refusalOf(addressOf(url), { isAdministrator: !isBound(context) });
    return problem === null ? [] : [problem];
  },

  async resolve(source, context) {
    const remote = await remoteOf(source.url, context.reader);
    const { mirrors } = tools();
    const found = await mirrors.resolve(remote, source.ref ?? null, context.signal);
    const folder = await mirrors.fetch(remote, found.commit, found.ref, context.signal);
    const { commit = found.commit } = context.reader;
    // A commit that only the server's other branches and forks have is nobody's to deploy from here.
    if (!(await mirrors.isBefore(folder, commit, found.commit)))
      throw new Problem("git-commit-missing", { params: { commit, repository: remote.address.path } });
    const [read] = await mirrors.history(folder, commit, 1);
    if (!read) throw new Problem("git-commit-missing", { params: { commit, repository: remote.address.path } });
    context.reader.log(sentenceOf(read, found));
    return { commit: read.id, ref: found.ref, message: read.message, author: read.author, at: read.at ?? "" };
  },

  async materialise(source, revision, context) {
    return { folder: await checkoutOf(source, revision, context), leftOut: null };
  },

  describe({ url, ref, path }, revision) {
    const { host, path: repository } = readGitAddress(url) ?? { host: "", path: url };
    const place = { host, repository, path: path ?? "" };
    if (revision === null) return { code: "git-unread", params: { ...place, ref: ref ?? "HEAD" } };
    return { code: "git", params: { ...place, ref: refName(revision.ref), commit: shortCommit(revision.commit) } };
  },

  prune: pruneCheckouts,
} satisfies SourceProvider<"git">;

/** "commit 9f2b3c4 of main by Ana: Show prices with tax" */
function sentenceOf({ id, author, message }: Commit, { name }: ResolvedRef): string {
  return `commit ${shortCommit(id)} of ${name} by ${author}: ${message}`;
}

function addressOf(url: string): GitAddress {
  const address = readGitAddress(url);
  if (address === null) throw new Problem("source-missing", { params: { path: url }, detail: "no address of Git's" });
  return address;
}

function tools() {
  const host = new LocalHost();
  const run: Run = (command, options) => host.run(command, options);
  const folder = gitFolder();
  const git = new Git(run, folder);
  const limits = { repositoryBytes: env.GIT_LIMIT_MB * MIB, cacheBytes: env.GIT_CACHE_MB * MIB };
  return { git, mirrors: new Mirrors(git, run, folder, limits) };
}

function gitFolder(): string {
  return join(env.LANDFALL_DATA_DIR, "git");
}

type Reach = Pick<SourceReader, "isAdministrator">;

/** Where a server is reached. Throws `git-address-refused` for one that the service may not name. */
export function reachGit(address: GitAddress, { isAdministrator }: Reach): Promise<string> {
  return reachOf(address, { allowedHosts: env.LANDFALL_GIT_HOSTS, isAdministrator });
}

async function refusalOf(address: GitAddress, who: Reach): Promise<SourceFinding | null> {
  try {
    // A name that does not resolve in time leads nowhere yet; it is checked again before anything is read.
    await Promise.race([reachGit(address, who), sleep(RESOLVE_MS, null, { ref: false })]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "git-address-refused") return { setting: "url", code: error.code, params: error.params };
  }
  return null;
}

/** A repository with what it is read with, once its address was checked. Throws `git-address-refused`. */
async function remoteOf(url: string, reader: SourceReader): Promise<Remote> {
  const address = addressOf(url);
  const connectTo = await reachGit(address, reader);
  return { url, address, connectTo, access: withKnownKeys(address, await reader.gitAccess(address)) };
}

/** A key that a person confirmed counts before those that large hosts publish. */
function withKnownKeys({ host, port }: GitAddress, access: GitAccess): GitAccess {
  return access.hostKeys.length > 0 ? access : { ...access, hostKeys: knownHostKeys(host, port) };
}

/** For those who wait for an answer: aborts, with a problem that says so, when a server took too long. */
export function gitPatience(url: string, ms: number): AbortSignal {
  const controller = new AbortController();
  const { host, path: repository } = addressOf(url);
  const detail = `not read within ${ms / 1_000} s`;
  setTimeout(
    () => controller.abort(new Problem("git-unreachable", { params: { host, repository }, detail })),
    ms,
  ).unref();
  return controller.signal;
}

/** What a server has to say of a repository, for a person who is about to deploy from it. */
export interface Inspected {
  branches: string[];
  ref: ResolvedRef;
  commits: Commit[];
}

export async function inspectRepository(
  { url, ref }: Pick<GitSource, "url" | "ref">,
  context: ReadContext,
  onBranches: (branches: string[]) => void = () => {},
): Promise<Inspected> {
  const { mirrors } = tools();
  const remote = await remoteOf(url, context.reader);
  const refs = await mirrors.listRefs(remote, context.signal);
  const branches = [...refs.commits.keys()].filter((name) => name.startsWith("refs/heads/")).map(refName);
  onBranches(branches);
  const found = refIn(refs, remote, ref ?? null);
  const folder = await mirrors.fetch(remote, found.commit, found.ref, context.signal);
  return { branches, ref: found, commits: await mirrors.history(folder, found.commit, NEWEST) };
}

/**
 * What each of two commits has and the other has not, from what this machine has fetched; null where it has not fetched
 * both. Asks no server.
 */
export async function commitsBetween(
  url: string,
  access: (address: GitAddress) => Promise<GitAccess>,
  { from, to }: { from: string; to: string },
): Promise<{ added: Commit[]; removed: Commit[] } | null> {
  const { mirrors } = tools();
  const address = addressOf(url);
  const folder = await mirrors.find({ url, address, access: await access(address), connectTo: "" });
  if (folder === null) return null;
  const known = await Promise.all([mirrors.has(folder, from), mirrors.has(folder, to)]);
  if (known.includes(false)) return null;
  const [added, removed] = await Promise.all([mirrors.between(folder, from, to), mirrors.between(folder, to, from)]);
  return { added, removed };
}

/** Longer than any deployment takes, so that a running one keeps its folder. */
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;

const CHECKOUT = /^[0-9a-f]{64}$/;

const checkoutsFolder = () => join(gitFolder(), "checkouts");

/**
 * The folder of the commit, shared and read-only. Several processes may write the same one concurrently: each writes a
 * folder of its own, the first one to finish renames it, and the others use that.
 */
async function checkoutOf(source: GitSource, revision: GitRevision, context: MaterialiseContext): Promise<string> {
  const { reader, signal, hasRoom } = context;
  const remote = await remoteOf(source.url, reader);
  const folder = source.path ?? "";
  // Whoever may reach private networks has submodules from there in the folder, and no one else reads it.
  const key = JSON.stringify([mirrorKey(remote), revision.commit, folder, reader.isAdministrator]);
  const place = join(checkoutsFolder(), createHash("sha256").update(key).digest("hex"));
  if (await markUsed(place)) return join(place, folder);
  await hasRoom?.({ path: checkoutsFolder(), bytes: null, what: "the files of the commit" });
  const wanted = { remote, commit: revision.commit, ref: revision.ref, folder };
  await staged(wanted, { reader, signal }, async (staging) => publish(staging, place));
  await evictCheckouts(place);
  return join(place, folder);
}

/** The files of a commit for as long as `work` takes, for those who only look at them. */
export async function withFiles<T>(
  source: GitSource,
  revision: GitRevision,
  context: ReadContext,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = source.path ?? "";
  const remote = await remoteOf(source.url, context.reader);
  const wanted = { remote, commit: revision.commit, ref: revision.ref, folder };
  return staged(wanted, context, (staging) => work(join(staging, folder)));
}

async function staged<T>(
  wanted: Parameters<typeof checkOutRepository>[1],
  { reader, signal }: ReadContext,
  work: (staging: string) => Promise<T>,
): Promise<T> {
  await mkdir(checkoutsFolder(), { recursive: true, mode: 0o700 });
  const staging = join(checkoutsFolder(), `.incoming-${randomUUID()}`);
  try {
    await checkOutRepository(workshop(reader, signal), wanted, staging);
    return await work(staging);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOSPC" || code === "EDQUOT"
      ? new Problem("storage-full", { detail: message, cause: error })
      : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function workshop(reader: SourceReader, signal: AbortSignal): Workshop {
  return {
    ...tools(),
    limits: { bytes: env.GIT_LIMIT_MB * MIB, entries: MOST_ENTRIES },
    remoteFor: async (address, url, access) => ({
      url,
      address,
      connectTo: await reachGit(address, reader),
      access: withKnownKeys(address, access),
    }),
    signal,
  };
}

/** Sets the time of the folder, which is when it was last used. False when there is no such folder. */
async function markUsed(folder: string): Promise<boolean> {
  const now = new Date();
  return (await utimes(folder, now, now).catch(unlessAbsent)) !== null;
}

/** Another process may have been faster: its folder has the same content. */
async function publish(written: string, place: string): Promise<void> {
  await rename(written, place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await markUsed(place);
}

/** Removes the checkouts that this machine has not used for a day, and what killed processes left unfinished. */
async function pruneCheckouts(): Promise<void> {
  await removeUnused(checkoutsFolder(), CHECKOUT);
  await removeUnused(checkoutsFolder(), /^\.incoming-/);
  await removeUnused(join(gitFolder(), "mirrors"), /^\.new-/);
}

/** Removes the least recently used until the rest fits; never what a deployment that is still running may read. */
async function evictCheckouts(current: string): Promise<void> {
  const names = (await readdir(checkoutsFolder())).filter((name) => CHECKOUT.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(checkoutsFolder(), name);
      const usedAt = (await lstat(path).catch(unlessAbsent))?.mtimeMs ?? 0;
      return { path, usedAt, bytes: await sizeOf(path) };
    }),
  );
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, usedAt, bytes } of found.toSorted((one, other) => one.usedAt - other.usedAt)) {
    const isInUse = path === current || Date.now() - usedAt < 2 * env.DEPLOY_TIMEOUT_MS;
    if (total <= env.GIT_CACHE_MB * MIB || isInUse) return;
    await rm(path, { recursive: true, force: true });
    total -= bytes;
  }
}

async function removeUnused(folder: string, names: RegExp): Promise<void> {
  const found = (await readdir(folder).catch(unlessAbsent)) ?? [];
  for (const name of found.filter((name) => names.test(name))) {
    const path = join(folder, name);
    const seen = await lstat(path).catch(unlessAbsent); // another process was faster
    if (seen && Date.now() - seen.mtimeMs > KEPT_UNUSED_MS) await rm(path, { recursive: true, force: true });
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
