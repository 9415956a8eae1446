import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import { compareUrl, readGitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import type { Change, CommitsBetween, ReleaseComparison, ReleasePair, RollbackPreview } from "@/lib/contracts/release";
import { DeploymentSpec } from "@/lib/contracts/service";
import { commitOf } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import type { Json } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import type { Secrets } from "@/lib/platform/secrets/secret";
import { revealRevision } from "@/lib/services/environment-store";
import { storedAccess } from "@/lib/sources/git/git-access";
import { commitsBetween } from "@/lib/sources/git/git-source";
import type { StoredTarget } from "@/lib/targets/kind";
import { withConnection } from "@/lib/targets/registry";
import { listReleases, releaseCommandsAfter, rollbackTarget } from "./release-store";

/** The dialog names this many files and counts the others. */
const SHOWN_FILES = 200;
/** Every field of a spec that is not shown as source, environment or name. */
const CONFIGURATION = [
  "driver",
  "settings",
  "port",
  "healthPath",
  "health",
  "domain",
  "volumes",
  "dropletId",
  "autoRegister",
] as const;

type StoredRelease = Awaited<ReturnType<typeof rollbackTarget>>;

/** What a rollback would change. Environment values are compared here and never leave the server. */
export async function previewRollback(serviceName: string, actor: Actor, releaseId?: string): Promise<RollbackPreview> {
  const found = await db.service.findFirst({
    where: { name: serviceName, deletedAt: null },
    include: { target: true, currentRelease: true },
  });
  const service = authorize(actor, "release:read", found && { ...found, serviceId: found.id });
  const to = await rollbackTarget(db, service, releaseId);
  return compare(service, service.currentRelease, to);
}

/** Compares two releases of one service. Their files are unknown when the artifacts were pruned. */
export async function compareReleases(serviceName: string, actor: Actor, ids: ReleasePair): Promise<ReleaseComparison> {
  const { service, from, to } = await twoReleases(serviceName, actor, ids);
  const comparison = await compare(service, from, to);
  if (!comparison.from) throw new Problem("not-found");
  return { ...comparison, from: comparison.from };
}

/** Throws not-found for a release of another service. */
export async function twoReleases(serviceName: string, actor: Actor, pair: ReleasePair) {
  const found = await db.service.findFirst({
    where: { name: serviceName, deletedAt: null },
    include: { target: true, currentRelease: true },
  });
  const service = authorize(actor, "release:read", found && { ...found, serviceId: found.id });
  const ofService = (id: string) => db.release.findFirst({ where: { id, serviceId: service.id } });
  const to = pair.to === undefined ? service.currentRelease : await ofService(pair.to);
  const from =
    pair.from === undefined
      ? await db.release.findFirst({
          where: { serviceId: service.id, number: { lt: to?.number ?? 0 } },
          orderBy: { number: "desc" },
        })
      : await ofService(pair.from);
  if (!from || !to) throw new Problem("not-found");
  return { service, from, to };
}

async function compare(
  service: { id: string; name: string; target: StoredTarget },
  from: StoredRelease | null,
  to: StoredRelease,
): Promise<RollbackPreview> {
  const [summaries, changes, environment, commits, releaseCommands] = await Promise.all([
    listReleases(service.id),
    from ? fileChanges(service, from, to) : [],
    environmentChanges(from?.environmentRevisionId ?? null, to.environmentRevisionId),
    from ? commitChanges(service.id, from.spec, to.spec) : null,
    releaseCommandsAfter(service.id, to.deploymentId),
  ]);
  const summaryOf = (id: string) => summaries.find((summary) => summary.id === id);
  const target = summaryOf(to.id);
  if (!target) throw new Error(`release ${to.id} is missing from its service's list`);
  return {
    from: (from && summaryOf(from.id)) ?? null,
    to: target,
    files: { changes: changes.slice(0, SHOWN_FILES), total: changes.length },
    environment,
    configuration: configurationChanges(DeploymentSpec.parse(from?.spec ?? to.spec), DeploymentSpec.parse(to.spec)),
    commits,
    releaseCommands,
  };
}

/** Null unless both are commits of one repository. Asks no Git server: what this machine has fetched is what there is. */
async function commitChanges(serviceId: string, from: unknown, to: unknown): Promise<CommitsBetween | null> {
  const [before, after] = [from, to].map(commitIn);
  if (!before || !after || before.url !== after.url) return null;
  const { url } = before;
  const address = readGitAddress(url);
  if (address === null) return null;
  const pair = { from: before.commit, to: after.commit };
  const known = await commitsBetween(url, storedAccess(serviceId), pair).catch((error: unknown) => {
    log.warn({ err: error, serviceId }, "the commits between two releases could not be read");
    return null;
  });
  const compare = pair.from === pair.to ? null : compareUrl(address, pair.from, pair.to);
  return { added: known?.added ?? null, removed: known?.removed ?? null, compareUrl: compare };
}

function commitIn(spec: unknown): { url: string; commit: string } | null {
  const { source, revision } = DeploymentSpec.parse(spec);
  const commit = commitOf(revision);
  return source.kind === "git" && commit ? { url: source.url, commit: commit.id } : null;
}

async function fileChanges(
  service: { name: string; target: StoredTarget },
  from: StoredRelease,
  to: StoredRelease,
): Promise<Change[]> {
  const ref = (release: StoredRelease) => ({ id: release.id, artifact: release.artifact as Json });
  const driver = driverOf(DeploymentSpec.parse(to.spec).driver);
  return withConnection(service.target, ({ access }) =>
    driver.diff({ ...access, serviceName: service.name }, ref(from), ref(to)),
  );
}

async function environmentChanges(fromId: string | null, toId: string | null): Promise<Change[]> {
  const [before, after] = await Promise.all([environmentOf(fromId), environmentOf(toId)]);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    if (before[name] === after[name] || before[name]?.equals(after[name])) return [];
    return [{ name, kind: before[name] === undefined ? "added" : after[name] === undefined ? "removed" : "changed" }];
  });
}

async function environmentOf(revisionId: string | null): Promise<Secrets> {
  if (revisionId === null) return {};
  return revealRevision(await db.environmentRevision.findUniqueOrThrow({ where: { id: revisionId } }));
}

function configurationChanges(from: DeploymentSpec, to: DeploymentSpec): RollbackPreview["configuration"] {
  return CONFIGURATION.filter((field) => !isDeepStrictEqual(from[field], to[field])).map((field) => ({
    field,
    from: from[field],
    to: to[field],
  }));
}
