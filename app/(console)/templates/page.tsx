import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { templateQueries } from "@/components/templates/queries";
import { TemplateList } from "@/components/templates/template-list";
import { can } from "@/lib/contracts/permission";
import { listTemplates } from "@/lib/services/templates/template-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("templates"))("title") };
}

export default async function TemplatesPage() {
  const actor = await requireActor();
  if (!can(actor, "template:write")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(templateQueries.list(), listTemplates)]}>
      <TemplateList />
    </Prefetched>
  );
}
