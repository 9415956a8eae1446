import { join } from "node:path";
import { type GitAddress, readGitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import { LocalHost } from "@/lib/hosts/local-host";
import { env } from "@/lib/platform/env";
import type { SourceReader } from "../source";
import type { Workshop } from "./checkout";
import { Git, type GitAccess, type Remote, type Run } from "./git";
import { knownHostKeys } from "./known-servers";
import { Mirrors } from "./mirror";
import { reachOf } from "./reach";

/** What this machine reads repositories with, by its settings: where they are kept, how large they may be, what is reached. */

const MIB = 2 ** 20;
/** Files, folders, links and submodules of one commit. */
const MOST_ENTRIES = 200_000;

export function gitTools() {
  const host = new LocalHost();
  const run: Run = (command, options) => host.run(command, options);
  const folder = gitFolder();
  const git = new Git(run, folder);
  const limits = { repositoryBytes: env.GIT_LIMIT_MB * MIB, cacheBytes: env.GIT_CACHE_MB * MIB };
  return { git, mirrors: new Mirrors(git, run, folder, limits) };
}

export function gitFolder(): string {
  return join(env.LANDFALL_DATA_DIR, "git");
}

export function workshop(reader: SourceReader, signal: AbortSignal): Workshop {
  return {
    ...gitTools(),
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

export type Reach = Pick<SourceReader, "isAdministrator">;

/** Where a server is reached. Throws `git-address-refused` for one that the service may not name. */
export function reachGit(address: GitAddress, { isAdministrator }: Reach): Promise<string> {
  return reachOf(address, { allowedHosts: env.LANDFALL_GIT_HOSTS, isAdministrator });
}

/** A repository with what it is read with, once its address was checked. Throws `git-address-refused`. */
export async function remoteOf(url: string, reader: SourceReader): Promise<Remote> {
  const address = addressOf(url);
  const connectTo = await reachGit(address, reader);
  return { url, address, connectTo, access: withKnownKeys(address, await reader.gitAccess(address)) };
}

/** A key that a person confirmed counts before those that large hosts publish. */
function withKnownKeys({ host, port }: GitAddress, access: GitAccess): GitAccess {
  return access.hostKeys.length > 0 ? access : { ...access, hostKeys: knownHostKeys(host, port) };
}

export function addressOf(url: string): GitAddress {
  const address = readGitAddress(url);
  if (address === null) throw new Problem("source-missing", { params: { path: url }, detail: "no address of Git's" });
  return address;
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
