import { authorize } from "@/lib/contracts/authorize";
import type { BranchCommits } from "@/lib/contracts/git-access";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { findServiceRow } from "@/lib/services/service-store";
import { storedAccess } from "@/lib/sources/git/git-access";
import { gitPatience, inspectRepository } from "@/lib/sources/git/git-source";

const PATIENCE_MS = 30_000;

/** The newest commits of a service's branch as its server has them now, with what was deployed of them. */
export async function listCommits(name: string, actor: Actor): Promise<BranchCommits> {
  const service = authorize(actor, "deployment:create", await findServiceRow(name));
  const { source } = service.draft;
  if (source.kind !== "git") throw new Problem("git-not-applicable", { params: { reason: "source" } });
  const reader = {
    isAdministrator: service.ownerRole === "admin",
    gitAccess: storedAccess(service.id),
    log: () => {},
  };
  const { ref, commits } = await inspectRepository(source, { signal: gitPatience(source.url, PATIENCE_MS), reader });
  const ids = commits.map(({ id }) => id);
  const [deployed, live] = await Promise.all([newestDeployments(service.id, ids), liveCommit(service.id)]);
  return {
    ref: ref.name,
    commits: commits.map((commit) => ({
      ...commit,
      deployment: deployed.get(commit.id) ?? null,
      isLive: commit.id === live,
    })),
  };
}

async function newestDeployments(serviceId: string, commits: readonly string[]) {
  const rows = await db.$queryRaw<{ commit: string; id: string; number: number; state: string }[]>`
    SELECT DISTINCT ON (commit) commit, id, number, state FROM (
      SELECT spec -> 'revision' ->> 'commit' AS commit, id, number, state FROM deployment WHERE service_id = ${serviceId}::uuid
    ) AS of_service
    WHERE commit = ANY(${[...commits]}) ORDER BY commit, number DESC`;
  return new Map(rows.map(({ commit, ...deployment }) => [commit, deployment]));
}

async function liveCommit(serviceId: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ commit: string | null }[]>`
    SELECT r.spec -> 'revision' ->> 'commit' AS commit FROM service s JOIN release r ON r.id = s.current_release_id
    WHERE s.id = ${serviceId}::uuid`;
  return rows[0]?.commit ?? null;
}
