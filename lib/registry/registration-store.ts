import { type Reach, servicesWithin } from "@/lib/contracts/authorize";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { ProblemData } from "@/lib/contracts/problem";
import type { RegistrationView } from "@/lib/contracts/registration";
import { db, type Prisma } from "@/lib/platform/db/client";

/** Reads what was announced where, to whichever Registry. */

const withService = { service: { select: { id: true, name: true } } } as const satisfies Prisma.RegistrationInclude;
type ViewRow = Prisma.RegistrationGetPayload<{ include: typeof withService }>;

export interface RegistrationFilter extends Reach {
  service?: string;
}

export async function listRegistrations(
  { service, ...reach }: RegistrationFilter,
  page: PageQuery,
): Promise<Page<RegistrationView>> {
  const rows = await db.registration.findMany({
    where: {
      ...(page.after && { id: { lt: page.after } }),
      ...((isNarrowing(reach) || service) && {
        service: { AND: servicesWithin(reach), ...(service && { name: service }) },
      }),
    },
    include: withService,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  const { items, next } = toPage(rows, page.limit);
  return { items: items.map(toView), next };
}

/** Registrations without a service are for those who see everything. */
function isNarrowing(reach: Reach): boolean {
  return Object.keys(servicesWithin(reach)).length > 0;
}

/** The newest registration of each service. */
export async function findRegistrations(
  serviceIds: string[],
): Promise<Map<string, RegistrationView & { response: unknown }>> {
  const rows = await db.registration.findMany({
    where: { serviceId: { in: serviceIds } },
    include: withService,
    orderBy: { updatedAt: "asc" },
  });
  return new Map(rows.map((row) => [row.serviceId ?? "", { ...toView(row), response: row.response }]));
}

function toView(row: ViewRow): RegistrationView {
  const { id, registry, dropletId, name, service, endpoint, status } = row;
  return {
    id,
    registry,
    dropletId,
    name,
    service,
    endpoint,
    status,
    metadata: row.metadata as RegistrationView["metadata"],
    registeredAt: row.registeredAt?.toISOString() ?? null,
    lastAnnouncedAt: row.lastAnnouncedAt?.toISOString() ?? null,
    pendingSince: row.pendingSince?.toISOString() ?? null,
    problem: ProblemData.nullable().parse(row.problem),
  };
}
