/*
 * Reads stacks (isStack in lib/contracts/stack-state.ts). A reader that takes an actor throws not-found or forbidden, as
 * authorize() does.
 */
import { authorize, ownedBy, type Reach, servicesWithin } from "@/lib/contracts/authorize";
import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import { mayDeployTo } from "@/lib/contracts/grants";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import { type StackOffer, type StackSummary, stackUrl } from "@/lib/contracts/stack";
import { stackState } from "@/lib/contracts/stack-state";
import type { Actor } from "@/lib/contracts/user";
import { type RollbackTarget, readRollbackTargets } from "@/lib/engine/releases/release-store";
import { db, type Prisma } from "@/lib/platform/db/client";
import { toServiceCheckDetail } from "@/lib/services/service-check";
import { type LastDeployment, readLastDeployments } from "@/lib/services/service-status-store";
import { isHttps } from "@/lib/services/templates/stack-draft";
import { listTemplatePlaces } from "@/lib/services/templates/template-store";
import { kindOf } from "@/lib/targets/registry";
import { findStackTarget } from "@/lib/targets/target-store";

export async function ownedStack(name: string, actor: Actor, action: Action = "service:read"): Promise<StackSummary> {
  const stack = await findStack(name);
  const subject = stack && { ownerId: stack.owner.id, serviceId: stack.id, targetId: stack.target.id };
  authorize(actor, action, subject);
  if (stack === null) throw new Problem("not-found");
  return stack;
}

/** The caller's own stacks; with `all`, those of everyone or of one owner that the caller may see. */
export function listOwnedStacks(
  { all = false, owner }: { all?: boolean; owner?: string },
  page: PageQuery,
  actor: Actor,
): Promise<Page<StackSummary>> {
  const mayReach = ownedBy(actor, "service:read");
  const wanted = all ? owner : (actor.id ?? undefined);
  return listStacks({ ...(wanted !== undefined && { ownerId: wanted }), ...mayReach }, page);
}

/** The templates of enabled servers from which the caller can create a stack, the default one first. */
export async function listStackOffers(actor: Actor): Promise<StackOffer[]> {
  const templates = await listTemplatePlaces();
  const offers = await Promise.all(templates.map((template) => toOffer(template, actor)));
  return offers.flat();
}

async function toOffer(
  template: Awaited<ReturnType<typeof listTemplatePlaces>>[number],
  actor: Actor,
): Promise<StackOffer[]> {
  const { name, description, domainSuffix, https, targetId } = template;
  const target = await findStackTarget(targetId);
  if (!target || target.disabledAt || !mayDeployTo(actor, target.grants)) return [];
  const urlPattern = stackUrl({ domain: `{name}.${domainSuffix}`, https }, proxyPortsOf(target));
  return [{ template: name, description, urlPattern }];
}

export async function findStack(name: string): Promise<StackSummary | null> {
  const row = await db.service.findFirst({ where: { name, ...living }, include: withNames });
  return row && ((await toSummaries([row]))[0] ?? null);
}

/** Newest first. */
async function listStacks(reach: Reach, page: PageQuery): Promise<Page<StackSummary>> {
  const rows = await db.service.findMany({
    where: { ...living, AND: servicesWithin(reach), ...(page.after && { id: { lt: page.after } }) },
    include: withNames,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: await toSummaries(items), next };
}

/** isStack() as a condition for the database, without removed services. */
const living = { deletedAt: null, templateId: { not: null } } as const satisfies Prisma.ServiceWhereInput;

async function toSummaries(rows: Parameters<typeof toSummary>[0][]): Promise<StackSummary[]> {
  const ids = rows.map(({ id }) => id);
  const [last, rollbackTo] = await Promise.all([readLastDeployments(ids), readRollbackTargets(ids)]);
  return rows.map((row) => toSummary(row, last.get(row.id)?.deployment ?? null, rollbackTo.get(row.id)));
}

const withNames = {
  owner: { select: { id: true, name: true } },
  target: { select: { id: true, name: true, kind: true, settings: true } },
  template: { select: { name: true } },
  currentRelease: true,
  check: true,
} as const satisfies Prisma.ServiceInclude;
type Row = Prisma.ServiceGetPayload<{ include: typeof withNames }>;

function toSummary(row: Row, last: LastDeployment["deployment"], rollbackTo: RollbackTarget | undefined): StackSummary {
  const { id, name, owner, target, template, currentRelease } = row;
  const lastDeployment = last && {
    ...last,
    kind: DeploymentKind.parse(last.kind),
    state: DeploymentState.parse(last.state),
  };
  const check = toServiceCheckDetail(row.check, row.currentReleaseId);
  const isDeployed = currentRelease !== null;
  return {
    id,
    name,
    state: stackState({ lastDeployment, isDeployed, condition: check?.condition ?? null }),
    url: urlOfStack(row, target) ?? "",
    template: template?.name ?? null,
    owner,
    target: { id: target.id, name: target.name },
    image: currentRelease && imageOf(DeploymentSpec.parse(currentRelease.spec).source),
    currentRelease: currentRelease && { id: currentRelease.id, number: currentRelease.number },
    rollbackTo: rollbackTo
      ? { releaseId: rollbackTo.id, number: rollbackTo.number, image: imageOf(rollbackTo.source) ?? "" }
      : null,
    lastDeployment,
    check,
    createdAt: row.createdAt.toISOString(),
  };
}

function imageOf(source: Source): string | null {
  return source.kind === "image" ? source.image : null;
}

/** The public address from a service's settings; null without a domain. */
export function urlOfStack(
  { domain, settings }: { domain: string | null; settings: unknown },
  target: StackTarget,
): string | null {
  return domain === null ? null : stackUrl({ domain, https: isHttps(settings) }, proxyPortsOf(target));
}

type StackTarget = { kind: string; settings: unknown };

function proxyPortsOf(target: StackTarget): { httpPort: number; httpsPort: number } {
  return kindOf(target).proxyPorts?.(target) ?? { httpPort: 80, httpsPort: 443 };
}
