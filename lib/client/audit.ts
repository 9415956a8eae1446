import { AuditView } from "@/lib/contracts/user";
import { toSearch } from "./api";
import { pagedOptions } from "./paged";

export interface AuditFilter {
  actor?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
}

export const auditQueries = {
  all: () => ["audit"] as const,
  list: (filter: AuditFilter = {}) =>
    pagedOptions([...auditQueries.all(), "list", filter], "/audit", AuditView, { ...filter }),
};

/** All that the filter lets through, as a file. */
export function auditExportAddress(filter: AuditFilter): string {
  return `/api/audit${toSearch({ ...filter, format: "csv" })}`;
}
