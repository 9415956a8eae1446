import type { AuditView } from "@/lib/contracts/user";

const COLUMNS = ["at", "actor", "actor_id", "action", "subject_type", "subject", "subject_id", "ip", "details"];

export const AUDIT_CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

export function auditCsvRow({ at, actor, action, subject, ip, details }: AuditView): string {
  const cells = [at, actor.name, actor.id, action, subject.type, subject.name, subject.id, ip, JSON.stringify(details)];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is defused with a quote, as it may hold a chosen name. */
function csvCell(value: string | null): string {
  const text = value ?? "";
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
