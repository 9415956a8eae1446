import { readdir } from "node:fs/promises";
import { authorize } from "@/lib/contracts/authorize";
import type { GitTest, GitTestResult } from "@/lib/contracts/git-access";
import { type GitAddress, gitServerOf, readGitAddress } from "@/lib/contracts/git-source";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { detect } from "@/lib/drivers/plan/detect";
import { explain } from "@/lib/drivers/plan/validate-plan";
import { sentFiles } from "@/lib/hosts/scan-tree";
import type { SourceUse } from "@/lib/hosts/source-rules";
import { Secret } from "@/lib/platform/secrets/secret";
import { withFiles } from "@/lib/sources/git/checkout-cache";
import type { GitAccess } from "@/lib/sources/git/git";
import { storedAccess } from "@/lib/sources/git/git-access";
import { type Inspected, inspectRepository } from "@/lib/sources/git/git-source";
import { gitPatience } from "@/lib/sources/git/workshop";
import type { ReadContext, SourceReader } from "@/lib/sources/source";
import { ownedService } from "./owned-service";

const PATIENCE_MS = 60_000;
const SHOWN_BRANCHES = 100;

/** What ends a test before the server was asked, or before it answered as a Git server does. */
const UNREACHED: readonly ProblemCode[] = [
  "git-address-refused",
  "git-unreachable",
  "git-certificate-invalid",
  "git-host-key-unknown",
  "git-host-key-changed",
  "git-failed",
  "tool-missing",
];

/**
 * Reads a repository as a deployment would, and tells how far that came: a server that does not let us in is a result and
 * no error. Stores nothing but what it fetched.
 */
export async function testGitSource(test: GitTest, actor: Actor): Promise<GitTestResult> {
  const context = { signal: gitPatience(test.source.url, PATIENCE_MS), reader: await readerFor(test, actor) };
  return oneAtATime(actor, () => run(test, context));
}

async function run(test: GitTest, context: ReadContext): Promise<GitTestResult> {
  const result: GitTestResult = { ...NOTHING };
  try {
    const inspected = await inspectRepository(test.source, context, (branches) => {
      result.reachable = true;
      result.readable = true;
      result.branches = branches.slice(0, SHOWN_BRANCHES);
    });
    result.ref = inspected.ref.name;
    result.commit = inspected.commits[0] ?? null;
    Object.assign(result, await detectIn(test, inspected, context));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    result.problem = error.toData();
    result.reachable ||= !UNREACHED.includes(error.code);
  }
  return result;
}

const testing = new Set<string>();

/** A test may take the disk and the processors that a whole repository takes. */
async function oneAtATime<T>({ id }: Actor, work: () => Promise<T>): Promise<T> {
  const who = id ?? "";
  if (testing.has(who)) throw new Problem("rate-limited", { params: { seconds: 10 } });
  testing.add(who);
  try {
    return await work();
  } finally {
    testing.delete(who);
  }
}

const NOTHING: GitTestResult = {
  reachable: false,
  readable: false,
  ref: null,
  commit: null,
  branches: [],
  detected: null,
  hasDockerfile: false,
  problem: null,
};

/** A test reaches what a deployment would: with a service its owner's networks and its access, without one the caller's. */
async function readerFor({ service: name, token, source }: GitTest, actor: Actor): Promise<SourceReader> {
  if (name === undefined) authorize(actor, "service:create");
  const service = name === undefined ? null : await ownedService(name, actor, "service:update");
  const role = service?.ownerRole ?? actor.limitedTo ?? actor.role;
  const stored = service ? storedAccess(service.id) : async (): Promise<GitAccess> => ({ hostKeys: [] });
  const given = readGitAddress(source.url);
  return {
    isAdministrator: role === "admin",
    gitAccess: async (address: GitAddress) => {
      const access = await stored(address);
      const isForIt = token && given && address.transport !== "ssh" && gitServerOf(address) === gitServerOf(given);
      return isForIt ? { ...access, token: { user: token.user, secret: new Secret(token.secret) } } : access;
    },
    log: () => {},
  };
}

const AS_PROGRAM: SourceUse = { kind: "program", bringsDependencies: false };

async function detectIn({ source }: GitTest, { ref, commits: [commit] }: Inspected, context: ReadContext) {
  if (!commit) return {};
  const { id, message, author, at } = commit;
  const revision = { commit: id, ref: ref.ref, message, author, at: at ?? "" };
  return withFiles(source, revision, context, detectInFolder);
}

async function detectInFolder(folder: string): Promise<Partial<GitTestResult>> {
  const hasDockerfile = (await readdir(folder)).includes("Dockerfile");
  try {
    const { start, install, build, tools, reasons } = await detect(await sentFiles(folder, AS_PROGRAM), {
      install: "auto",
    });
    return { hasDockerfile, detected: { start, install, build, tools, reasons } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // What Docker builds needs no start command.
    const problem = error.params.reason === "nothing" ? ((await explain(folder, AS_PROGRAM)) ?? error) : error;
    return { hasDockerfile, problem: hasDockerfile ? null : problem.toData() };
  }
}
