import * as z from "zod";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { AuditView } from "@/lib/contracts/user";
import { AUDIT_CSV_HEAD, AuditFilter, auditCsvRow, exportAudit, listAudit } from "@/lib/platform/audit/audit-store";
import { route } from "@/lib/web/http/route";
import { textStream } from "@/lib/web/http/text-stream";

export const GET = route(
  {
    summary: "Who did what, newest first",
    description: "`format=csv` answers all that the filter lets through, as a file.",
    permission: "audit:read",
    tool: { name: "list_audit_events", description: "An append-only record of every change.", without: ["format"] },
    query: z.strictObject({
      ...PageQuery.shape,
      ...AuditFilter.shape,
      format: z.enum(["json", "csv"]).default("json"),
    }),
    response: pageOf(AuditView),
  },
  async ({ reader, query: { after, limit, format, ...filter } }) => {
    if (format === "json") return listAudit(filter, { after, limit });
    return textStream(reader(), csv(filter), {
      contentType: "text/csv; charset=utf-8",
      fileName: "landfall-audit.csv",
    });
  },
);

async function* csv(filter: AuditFilter): AsyncGenerator<string> {
  yield AUDIT_CSV_HEAD;
  for await (const events of exportAudit(filter)) yield events.map(auditCsvRow).join("");
}
