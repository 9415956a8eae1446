import * as z from "zod";
import type { Notice } from "@/lib/contracts/notification";
import type { NotificationEvent } from "@/lib/contracts/notification-events";
import type { Subject } from "@/lib/contracts/permission";
import { ProblemData } from "@/lib/contracts/problem";
import { commitOf, SourceRevision } from "@/lib/contracts/source";
import { HealthAnswer } from "@/lib/contracts/uptime";
import { readLog } from "@/lib/engine/log-store";
import { db } from "@/lib/platform/db/client";
import type { EventFor } from "@/lib/platform/outbox/domain-events";

type Event = EventFor<"notifications">;
type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** The content of an event's notification, and who may receive it. */
export interface Told {
  /** The event's kinds, the most specific first: a receiver gets one message, for the first kind of their rules. */
  kinds: readonly [NotificationEvent, ...NotificationEvent[]];
  notice: Omit<Notice, "kind" | "key" | "at">;
  /** Whose service it is; null for what is about no service. */
  subject: (Required<Pick<Subject, "serviceId" | "targetId">> & Subject) | null;
  /** The person it is about, who alone is told. */
  personId: string | null;
}

/** Null when no notification is sent: the subject was removed, or a person caused the event. */
export async function readNotice(event: Event): Promise<Told | null> {
  switch (event.type) {
    case "deployment.ended":
      return ofEnd(event);
    case "deployment.slow":
      return ofSlow(event);
    case "service.unhealthy":
    case "service.healthy":
    case "drift.repaired":
      return ofService(event);
    case "certificate.ending":
      return ofCertificate(event);
    case "target.unreachable":
    case "target.reachable":
    case "target.disk-low":
      return ofTarget(event);
    case "backup.failed":
      return ofInstallation("backup-failed", { path: "/backups", problem: event.problem });
    case "backup.overdue":
      return ofInstallation("backup-overdue", { path: "/backups", values: { since: event.since } });
    case "sign-in.new":
      return ofSignIn(event);
  }
}

const NOTHING: Omit<Told["notice"], "path"> = {
  ...{ service: null, target: null, deployment: null, problem: null, release: null, commit: null },
  ...{ lines: [], values: {} },
};

const SERVICE = {
  select: { id: true, name: true, ownerId: true, targetId: true, currentRelease: { select: { number: true } } },
} as const;

function findDeployment(id: string) {
  return db.deployment.findUnique({
    where: { id },
    include: { service: SERVICE, phases: { select: { undoneAt: true } } },
  });
}
type Deployment = NonNullable<Awaited<ReturnType<typeof findDeployment>>>;

async function ofEnd({ deploymentId, state }: EventOf<"deployment.ended">): Promise<Told | null> {
  const deployment = await findDeployment(deploymentId);
  const kinds = deployment && (await kindsOfEnd(deployment, state));
  if (!kinds) return null;
  const isBad = state !== "succeeded";
  return {
    kinds,
    ...aboutService(deployment.service),
    notice: {
      ...aboutDeployment(deployment),
      problem: isBad ? problemIn(deployment.problem) : null,
      release: deployment.service.currentRelease?.number ?? 0,
      lines: isBad ? await lastLines(deploymentId) : [],
    },
  };
}

/** A deployment that was cancelled was ended by a person, and a removal that succeeded leaves nothing to follow. */
async function kindsOfEnd(
  deployment: Deployment,
  state: EventOf<"deployment.ended">["state"],
): Promise<Told["kinds"] | null> {
  if (state === "cancelled" || (state === "succeeded" && deployment.kind === "removal")) return null;
  if (state === "stuck") return ["deployment-stuck"];
  if (state === "succeeded")
    return (await failedBefore(deployment))
      ? ["deployment-recovered", "deployment-succeeded"]
      : ["deployment-succeeded"];
  const wasReverted =
    deployment.service.currentRelease !== null && deployment.phases.some(({ undoneAt }) => undoneAt !== null);
  return wasReverted ? ["deployment-reverted", "deployment-failed"] : ["deployment-failed"];
}

async function failedBefore({ id, serviceId }: Deployment): Promise<boolean> {
  const before = await db.deployment.findFirst({
    where: { serviceId, id: { lt: id }, state: { in: ["succeeded", "failed", "stuck"] } },
    orderBy: { id: "desc" },
    select: { state: true },
  });
  return before !== null && before.state !== "succeeded";
}

async function ofSlow({ deploymentId, elapsedMs, usualMs }: EventOf<"deployment.slow">): Promise<Told | null> {
  const deployment = await findDeployment(deploymentId);
  if (!deployment || deployment.finishedAt) return null;
  const values = { elapsedMs, ...(usualMs !== null && { usualMs }) };
  const notice = { ...aboutDeployment(deployment), values };
  return { kinds: ["deployment-slow"], ...aboutService(deployment.service), notice };
}

const Spec = z.object({ revision: SourceRevision.optional() });

function aboutDeployment({ id, number, service, spec }: Deployment): Told["notice"] {
  const { data } = Spec.safeParse(spec);
  return {
    ...NOTHING,
    service: { id: service.id, name: service.name },
    deployment: { id, number },
    commit: commitOf(data?.revision),
    path: `/deployments/${id}`,
  };
}

function aboutService({ id, ownerId, targetId }: Deployment["service"]): Pick<Told, "subject" | "personId"> {
  return { subject: { ownerId, serviceId: id, targetId }, personId: null };
}

const OF_SERVICE = {
  "service.unhealthy": "service-down",
  "service.healthy": "service-up",
  "drift.repaired": "drift-repaired",
} as const;

async function ofService(event: EventOf<keyof typeof OF_SERVICE>): Promise<Told | null> {
  const service = await db.service.findFirst({
    where: { id: event.serviceId, deletedAt: null },
    select: { ...SERVICE.select, check: { select: { lastOutput: true, problem: true } }, watched: true },
  });
  if (!service) return null;
  const isDown = event.type === "service.unhealthy";
  const { id, name, check, watched } = service;
  const answer = HealthAnswer.nullable().parse(watched?.answer ?? null);
  const output = answer
    ? [`${answer.status ?? answer.error}`, ...(check?.lastOutput ?? [])]
    : (check?.lastOutput ?? []);
  return {
    kinds: [OF_SERVICE[event.type]],
    ...aboutService(service),
    notice: {
      ...NOTHING,
      service: { id, name },
      problem: isDown ? problemIn(check?.problem) : null,
      lines: isDown ? output.slice(-LINES).map(shortened) : [],
      path: `/services/${name}`,
    },
  };
}

async function ofCertificate(event: EventOf<"certificate.ending">): Promise<Told | null> {
  const values = { domain: event.domain, endsAt: event.endsAt };
  if (event.serviceId === null) return ofInstallation("certificate-ending", { path: "/", values });
  const service = await db.service.findFirst({ where: { id: event.serviceId, deletedAt: null }, ...SERVICE });
  if (!service) return null;
  const { id, name } = service;
  const notice = { ...NOTHING, service: { id, name }, path: `/services/${name}`, values };
  return { kinds: ["certificate-ending"], ...aboutService(service), notice };
}

const OF_TARGET = {
  "target.unreachable": "target-unreachable",
  "target.reachable": "target-reachable",
  "target.disk-low": "disk-low",
} as const;

async function ofTarget(event: EventOf<keyof typeof OF_TARGET>): Promise<Told | null> {
  const target = await db.target.findFirst({
    where: { id: event.targetId, deletedAt: null },
    select: { id: true, name: true },
  });
  if (!target) return null;
  return ofInstallation(OF_TARGET[event.type], {
    target,
    path: `/targets/${encodeURIComponent(target.name)}`,
    ...(event.type === "target.unreachable" && { problem: event.problem }),
    ...(event.type === "target.disk-low" && { values: { freeBytes: event.freeBytes, totalBytes: event.totalBytes } }),
  });
}

function ofInstallation(kind: NotificationEvent, notice: Partial<Told["notice"]> & Pick<Told["notice"], "path">): Told {
  return { kinds: [kind], notice: { ...NOTHING, ...notice }, subject: null, personId: null };
}

async function ofSignIn({ userId, address, via }: EventOf<"sign-in.new">): Promise<Told | null> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { name: true } });
  if (!user) return null;
  const notice = { ...NOTHING, path: "/account", values: { address, via, name: user.name } };
  return { kinds: ["sign-in-new"], notice, subject: null, personId: userId };
}

const LINES = 10;
const LONGEST_LINE = 400;

/** As the log has them: masked. */
async function lastLines(deploymentId: string): Promise<string[]> {
  const { lines } = await readLog(deploymentId, { limit: LINES });
  return lines.map(({ line: [, , text] }) => shortened(text)).filter((text) => text.trim() !== "");
}

/** One line without terminal codes and other control characters. */
function shortened(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is removed
  const text = line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "");
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE).toWellFormed()}…` : text;
}

function problemIn(stored: unknown): ProblemData | null {
  return ProblemData.nullable()
    .catch(null)
    .parse(stored ?? null);
}
