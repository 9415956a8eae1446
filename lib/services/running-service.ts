import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import type { HealthProbe } from "@/lib/contracts/health-check";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec, DriverKind, type RuntimeState } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import type { AnyDriver } from "@/lib/drivers/driver";
import { checkOwnAddress } from "@/lib/drivers/phases/validate-host";
import { healthRequest, type ProbeAnswer, probe } from "@/lib/drivers/probe";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { createMask, createPieceMask, type Mask } from "@/lib/platform/secrets/mask";
import type { Secret } from "@/lib/platform/secrets/secret";
import type { Connection, StoredTarget } from "@/lib/targets/kind";
import { connect, isReachableFromHere, withConnection } from "@/lib/targets/registry";
import { revealRevision } from "./environment-store";
import { findJournalStart } from "./kept-volumes";
import { findServiceRow, type ServiceRow } from "./service-store";

/** What a person can read of a running service: its state, its health and its log, with secrets masked. */

const UNKNOWN: RuntimeState = {
  state: "unknown",
  releaseId: null,
  since: null,
  restarts: 0,
  exitCode: null,
  processes: [],
};

/** The host's current answer, not the last deployment. Unknown when this process cannot reach the host. */
export async function serviceState(serviceName: string, actor: Actor): Promise<RuntimeState> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const state = ({ access }: Connection) => running.driver.state({ ...access, serviceName: name });
  return (await whereReachable(running.target, state)) ?? UNKNOWN;
}

/**
 * "Run health check": requests the live release's health path once, at its public address. No response is a result too.
 * Only the owner sees the response's text. Throws service-not-running when no release is live: then the port may belong
 * to another service.
 */
export async function checkServiceHealth(serviceName: string, actor: Actor): Promise<HealthProbe> {
  const { name, ownerId, isLive, running } = await findRunningService(serviceName, "service:read", actor);
  if (!isLive) throw new Problem("service-not-running", { params: { name } });
  const result = await whereReachable(running.target, (connection) => askOnce(name, connection, running));
  if (!result) throw new Problem("host-unreachable", { params: { target: running.target.name } });
  const mask = await readServiceMask(running.serviceId);
  const bodyStart = actor.id === ownerId ? result.bodyStart : null;
  return { ...result, bodyStart: bodyStart && mask(bodyStart), error: result.error && mask(result.error) };
}

async function askOnce(
  serviceName: string,
  { access, host }: Connection,
  running: RunningService,
): Promise<HealthProbe> {
  const at = new Date().toISOString();
  const { state } = await running.driver.state({ ...access, serviceName });
  if (state === "down" || state === "absent") throw new Problem("service-not-running");
  const answer = await askLive({ access, host }, running, never());
  if (!answer) throw new Problem("service-not-running");
  const { ok, status, ms, body, error, port, path } = answer;
  const durationMs = Math.round(ms * 10) / 10;
  return { at, port, path, ok, status, durationMs, bodyStart: status === null ? null : body, error };
}

const Bound = z.object({ bindAddress: z.string().optional() });

/** One request to a live release's health path at its public address. Rejects when its host does not have that any more. */
export async function askLive(
  { access, host }: Pick<Connection, "access" | "host">,
  live: LiveService,
  signal: AbortSignal,
): Promise<(ProbeAnswer & { port: number; path: string }) | undefined> {
  const { driver, domain, port, settings, ...checked } = live;
  const { path, takesRedirect, timeoutMs } = healthRequest(checked);
  if (!host) return driver.ask?.(access, { domain, port, settings, path, timeoutMs, signal });
  const { bindAddress } = Bound.catch({}).parse(settings);
  // The host may have lost the address since the deployment: then it may belong to another service.
  await checkOwnAddress(host.host, bindAddress, signal);
  const address = { port, ...(bindAddress !== undefined && { host: bindAddress }) };
  return { ...(await probe(host.host, { address, path, takesRedirect, timeoutMs, signal })), port, path };
}

const never = () => new AbortController().signal;

interface TailOptions {
  tail: number;
  follow: boolean;
  signal: AbortSignal;
}

/** The running service's own output, its secrets masked. Permission and reachability are checked before the first line. */
export async function tailServiceLog(
  serviceName: string,
  options: TailOptions,
  actor: Actor,
): Promise<AsyncIterable<string>> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const connection = await connect(running.target);
  const currentMask = currentServiceMask(running.serviceId);
  let mask = await currentMask();
  const masked = createPieceMask((text, cut) => mask(text, cut));
  return lines();

  async function* lines(): AsyncGenerator<string> {
    try {
      const since = running.journalStart;
      for await (const { text, goesOn } of running.driver.logs(
        { ...connection.access, serviceName: name },
        { ...options, since },
      )) {
        mask = await currentMask();
        yield masked(text, goesOn);
      }
    } finally {
      await connection.close();
    }
  }
}

/** The live release's driver, port and health check as deployed. The service's own may differ since. */
export interface LiveService
  extends Pick<DeploymentSpec, "port" | "healthPath" | "healthPathChosen" | "health" | "domain"> {
  driver: AnyDriver;
  settings: unknown;
}

interface RunningService extends LiveService {
  serviceId: string;
  target: StoredTarget;
  /** Earlier output belongs to another person; null when the name was always this owner's on the target. */
  journalStart: Date | null;
}

async function findRunningService(
  name: string,
  action: Action,
  actor: Actor,
): Promise<{ name: string; ownerId: string; isLive: boolean; running: RunningService }> {
  const service = authorize(actor, action, await findServiceRow(name));
  const journalStart = await findJournalStart(service);
  const { ownerId, serving } = service;
  return { name: service.name, ownerId, isLive: serving !== null, running: { ...toRunning(service), journalStart } };
}

function toRunning({ id: serviceId, serving, draft, target }: ServiceRow): Omit<RunningService, "journalStart"> {
  const live = serving ? DeploymentSpec.parse(serving.spec) : draft;
  const { port, healthPath, healthPathChosen, health, domain, settings } = live;
  const driver = driverOf(DriverKind.parse(serving?.driver ?? draft.driver));
  return { serviceId, driver, port, healthPath, healthPathChosen, health, domain, settings, target };
}

/** Runs `work` with a connection to the target; null when this process cannot reach it. */
async function whereReachable<T>(
  target: StoredTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T | null> {
  return (await isReachableFromHere(target)) ? withConnection(target, work) : null;
}

/** A deployment may add secrets while a log is followed: they are read before the service can print them. */
const READ_EVERY_MS = 500;
/** The log keeps older releases' output for long. Their values are in this many revisions. */
const REVISIONS = 20;

/** Masks the secrets of the newest revisions in a running service's output and responses. */
export async function readServiceMask(serviceId: string): Promise<Mask> {
  const revisions = await db.environmentRevision.findMany({
    where: { serviceId },
    orderBy: { number: "desc" },
    take: REVISIONS,
  });
  return createMask(newestOfEach(revisions.flatMap((revision) => Object.entries(revealRevision(revision)))));
}

/** A value in several revisions is a secret if the newest of them marks it. */
function newestOfEach(variables: readonly (readonly [name: string, value: Secret])[]): Secret[] {
  const newest = new Map<string, Secret>();
  for (const [name, value] of variables.toReversed()) newest.set(`${name}=${value.reveal()}`, value);
  return [...newest.values()];
}

/** The current mask, for a followed log. */
function currentServiceMask(serviceId: string): () => Promise<Mask> {
  let known: { mask: Mask; newest: number | null } | undefined;
  let readMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known && performance.now() - readMs < READ_EVERY_MS) return known.mask;
    const { _max } = await db.environmentRevision.aggregate({ where: { serviceId }, _max: { number: true } });
    if (known?.newest !== _max.number || !known)
      known = { mask: await readServiceMask(serviceId), newest: _max.number };
    readMs = performance.now();
    return known.mask;
  };
}
