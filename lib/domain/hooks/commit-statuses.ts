import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type GitAddress, readGitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import { Source } from "@/lib/contracts/source";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import type { EventFor } from "@/lib/platform/outbox/domain-events";
import type { Secret } from "@/lib/platform/secrets/secret";
import { apiAccess, findGitAccess } from "@/lib/sources/git/git-access";
import { reachGit } from "@/lib/sources/git/workshop";
import {
  type CommitStatus,
  describeStatus,
  type StatusServer,
  sendCommitStatus,
  statusServerOf,
} from "./commit-status";

/** A server that takes no status for this long is not told any more. */
const GIVE_UP_MS = 24 * 60 * 60_000;
/** Which commit a branch leads to is known moments after a deployment started. */
const COMMIT_PATIENCE_MS = 10_000;
const COMMIT_POLL_MS = 250;

/**
 * Tells the Git server of a commit what became of it: pending when its deployment starts, success or failure when it has
 * ended. Throws where it is worth another attempt, which the outbox makes; no deployment waits for it or fails of it.
 */
export async function sendCommitStatuses(
  event: EventFor<"commit-statuses">,
  { at, signal }: { at: Date; signal: AbortSignal },
): Promise<void> {
  const found = await findTold(event, signal);
  if (found === null) return;
  const { status, server, address, token, isAdministrator, deploymentId } = found;
  const row = { deploymentId, commit: status.commit, state: status.state };
  let barred: Problem | null = null;
  const connectTo = (url: URL) =>
    reachGit(placeOf(url), { isAdministrator }).catch((error) => {
      if (error instanceof Problem && error.code === "git-address-refused") barred = error;
      throw error;
    });
  const answer = await sendCommitStatus(server, address, status, { token, connectTo, signal });
  if (answer.sent) return store(event.serviceId, { ...row, sentAt: new Date(), refusedAt: null, detail: null });
  const { detail } = answer;
  const isFinal = barred !== null || !answer.again || Date.now() - at.getTime() > GIVE_UP_MS;
  if (!isFinal) throw new Error(detail);
  log.warn({ serviceId: event.serviceId, deploymentId, detail }, "the Git server does not take the status of a commit");
  await store(event.serviceId, { ...row, sentAt: null, refusedAt: new Date(), detail });
}

async function store(
  serviceId: string,
  row: Omit<NonNullable<Awaited<ReturnType<typeof db.commitStatus.findUnique>>>, "serviceId">,
): Promise<void> {
  await db.commitStatus.upsert({ where: { serviceId }, create: { serviceId, ...row }, update: row });
}

interface Told {
  deploymentId: string;
  status: CommitStatus;
  server: StatusServer;
  address: GitAddress;
  token: Secret;
  isAdministrator: boolean;
}

/** Null where there is no one to tell, or nothing that still counts. */
async function findTold(event: EventFor<"commit-statuses">, signal: AbortSignal): Promise<Told | null> {
  const { deploymentId, serviceId } = event;
  const deployment = await withCommit(event, signal);
  const commit = deployment && commitOf(deployment.spec);
  const state = deployment && stateOf(event, deployment);
  if (!commit || !state) return null;
  const access = await findGitAccess(serviceId);
  const address = readGitAddress(commit.url);
  if (!access || !address) return null;
  const api = apiAccess(access, address);
  const server = serverOf(access.statuses, address.host);
  if (!api || !server) return null;
  const { service, number } = deployment;
  const link = env.NEXTAUTH_URL ? `${new URL(env.NEXTAUTH_URL).origin}/deployments/${deploymentId}` : null;
  const description = describeStatus(state, number, commit.id);
  return {
    ...{ deploymentId, server, address: api.at, token: api.token.secret },
    isAdministrator: service.owner.role === "admin",
    status: { commit: commit.id, state, service: service.name, link, description },
  };
}

type FoundDeployment = NonNullable<Awaited<ReturnType<typeof findDeployment>>>;

function findDeployment(id: string) {
  return db.deployment.findUnique({
    where: { id },
    include: { service: { select: { name: true, owner: { select: { role: true } } } } },
  });
}

/** Waits until the commit of the deployment is known. A deployment that has ended gets no commit any more. */
async function withCommit({ type, deploymentId }: EventFor<"commit-statuses">, signal: AbortSignal) {
  const giveUpMs = performance.now() + COMMIT_PATIENCE_MS;
  for (;;) {
    const deployment = await findDeployment(deploymentId);
    if (!deployment || deployment.kind === "removal") return null;
    const { data } = Spec.safeParse(deployment.spec);
    if (data?.source.kind !== "git") return null;
    if (commitOf(deployment.spec) || type === "deployment.ended" || deployment.finishedAt) return deployment;
    if (performance.now() > giveUpMs) return null;
    await sleep(COMMIT_POLL_MS, null, { signal });
  }
}

/** A start that is told after the end is no news, and one that never started was told to no one. */
function stateOf(event: EventFor<"commit-statuses">, deployment: FoundDeployment): CommitStatus["state"] | null {
  if (event.type === "deployment.started") return deployment.finishedAt === null ? "pending" : null;
  if (deployment.startedAt === null) return null;
  return event.state === "succeeded" ? "success" : "failure";
}

function serverOf(setting: string, host: string): StatusServer | null {
  if (setting === "off") return null;
  return setting === "auto" ? statusServerOf(host) : (setting as StatusServer);
}

const Spec = z.object({
  commit: z.string().optional(),
  revision: z.object({ commit: z.string().optional() }).optional(),
  source: Source,
});

function commitOf(spec: unknown): { id: string; url: string } | null {
  const { data } = Spec.safeParse(spec);
  const id = data?.revision?.commit ?? data?.commit;
  return data?.source.kind === "git" && id ? { id, url: data.source.url } : null;
}

/** A server's API may be at another name than its repositories: it is checked by the same rules. */
function placeOf(url: URL): GitAddress {
  const transport = url.protocol === "http:" ? "http" : "https";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { transport, host, port: Number(url.port) || (transport === "http" ? 80 : 443), user: null, path: "" };
}
