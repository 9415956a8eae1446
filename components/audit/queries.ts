import * as z from "zod";
import { toSearch } from "@/components/api/api";
import { pagedOptions } from "@/components/api/paged";

/** The filter of the audit trail; its days are whole days in the reader's time zone. */
export const AuditFilter = z.object({
  actor: z.uuid().optional(),
  action: z.string().max(100).optional(),
  subject: z.string().max(200).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

export const auditQueries = {
  all: () => ["audit"] as const,
  list: (filter: AuditFilter = {}) =>
    pagedOptions([...auditQueries.all(), "list", filter], "/audit", "AuditView", asAsked(filter)),
};

/** The address of a file with everything that the filter matches. */
export function auditExportAddress(filter: AuditFilter): string {
  return `/api/audit${toSearch({ ...asAsked(filter), format: "csv" })}`;
}

/** The last day is included to its end; the server's `to` is exclusive. */
export function asAsked({ from, to, ...rest }: AuditFilter) {
  return { ...rest, from: from && startOf(from, 0), to: to && startOf(to, 1) };
}

/** A date and time without an offset is local time. */
function startOf(day: string, daysLater: number): string {
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + daysLater);
  return start.toISOString();
}
