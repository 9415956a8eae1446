import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { AuditList } from "@/components/audit/audit-list";
import { AuditFilter, auditQueries } from "@/components/audit/queries";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listAudit } from "@/lib/platform/audit/audit-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("audit"))("title") };
}

export default async function AuditPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const actor = await requireActor();
  if (!can(actor, "audit:read")) return <Forbidden />;
  const filter = AuditFilter.safeParse(await searchParams).data ?? {};
  // Days are the browser's own: only it knows when they begin.
  const hasDays = filter.from !== undefined || filter.to !== undefined;
  const list = prefetchPage(auditQueries.list(filter), () => listAudit(filter, PageQuery.parse({})));
  return (
    <Prefetched queries={hasDays ? [] : [list]}>
      <AuditList />
    </Prefetched>
  );
}
