import { setTimeout as sleep } from "node:timers/promises";
import { shortCommit } from "@/lib/contracts/commit";
import { type Commit, type GitAddress, readGitAddress, refName } from "@/lib/contracts/git-source";
import { isBound } from "@/lib/contracts/grants";
import { Problem } from "@/lib/contracts/problem";
import type { SourceOf } from "@/lib/contracts/source";
import type { ReadContext, SourceFinding, SourceProvider } from "../source";
import { checkoutOf, pruneCheckouts } from "./checkout-cache";
import type { GitAccess } from "./git";
import { type ResolvedRef, refIn } from "./mirror";
import { addressOf, gitTools, type Reach, reachGit, remoteOf } from "./workshop";

/** How long saving a service waits for the name of its server. */
const RESOLVE_MS = 2_000;
/** How many commits people choose from. */
const NEWEST = 20;

/** A repository on a Git server. A deployment gets one commit of it, whatever its branch does meanwhile. */
export const gitSource = {
  /** Nothing is fetched: a server that does not answer now may answer when it is deployed. */
  async check({ url }, context) {
    const problem = await refusalOf(addressOf(url), { isAdministrator: !isBound(context) });
    return problem === null ? [] : [problem];
  },

  async resolve(source, context) {
    const remote = await remoteOf(source.url, context.reader);
    const { mirrors } = gitTools();
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

/** What a server has to say of a repository, for a person who is about to deploy from it. */
export interface Inspected {
  branches: string[];
  ref: ResolvedRef;
  commits: Commit[];
}

export async function inspectRepository(
  { url, ref }: Pick<SourceOf<"git">, "url" | "ref">,
  context: ReadContext,
  onBranches: (branches: string[]) => void = () => {},
): Promise<Inspected> {
  const { mirrors } = gitTools();
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
  const { mirrors } = gitTools();
  const address = addressOf(url);
  const folder = await mirrors.find({ url, address, access: await access(address), connectTo: "" });
  if (folder === null) return null;
  const known = await Promise.all([mirrors.has(folder, from), mirrors.has(folder, to)]);
  if (known.includes(false)) return null;
  const [added, removed] = await Promise.all([mirrors.between(folder, from, to), mirrors.between(folder, to, from)]);
  return { added, removed };
}
