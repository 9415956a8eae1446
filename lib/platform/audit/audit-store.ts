import * as z from "zod";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import type { AuditView } from "@/lib/contracts/user";
import { db, type Prisma } from "@/lib/platform/db/client";

export const AuditFilter = z.object({
  actor: z.uuid().optional().describe("Id of the person"),
  action: z.string().max(100).optional().describe("service.create, or service.* for all of a kind"),
  subjectType: z.string().max(100).optional(),
  subject: z.string().max(200).optional().describe("Id or name of what was acted upon"),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional().describe("Up to, but not including"),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

const EXPORT_ROWS = 1_000;

/** Newest first. */
export async function listAudit(filter: AuditFilter, page: PageQuery): Promise<Page<AuditView>> {
  const rows = await db.auditEvent.findMany({
    where: { AND: [whereOf(filter), page.after ? { id: { lt: page.after } } : {}] },
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  return toPage(rows.map(toView), page.limit);
}

/** All rows, newest first, in pages: an export never holds the whole audit trail in memory. */
export async function* exportAudit(filter: AuditFilter): AsyncGenerator<AuditView[]> {
  let after: string | undefined;
  do {
    const { items, next } = await listAudit(filter, { after, limit: EXPORT_ROWS });
    if (items.length > 0) yield items;
    after = next ?? undefined;
  } while (after);
}

function whereOf({ actor, action, subjectType, subject, from, to }: AuditFilter): Prisma.AuditEventWhereInput {
  return {
    ...(actor ? { actorId: actor } : {}),
    ...(action ? { action: action.endsWith("*") ? { startsWith: action.slice(0, -1) } : action } : {}),
    ...(subjectType ? { subjectType } : {}),
    ...(subject ? { OR: [{ subjectId: subject }, { subjectName: subject }] } : {}),
    ...(from || to ? { at: { ...(from ? { gte: new Date(from) } : {}), ...(to ? { lt: new Date(to) } : {}) } } : {}),
  };
}

function toView(row: Prisma.AuditEventGetPayload<object>): AuditView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { id: row.actorId, name: row.actorName },
    action: row.action,
    subject: { type: row.subjectType, id: row.subjectId, name: row.subjectName },
    details: row.details as AuditView["details"],
    ip: row.ip,
  };
}

const COLUMNS = ["at", "actor", "actor_id", "action", "subject_type", "subject", "subject_id", "ip", "details"];

export const AUDIT_CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

export function auditCsvRow({ at, actor, action, subject, ip, details }: AuditView): string {
  const cells = [at, actor.name, actor.id, action, subject.type, subject.name, subject.id, ip, JSON.stringify(details)];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is escaped with a quote, because users choose names. */
function csvCell(value: string | null): string {
  const text = value ?? "";
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
