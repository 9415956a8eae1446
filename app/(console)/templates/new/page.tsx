import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { targetQueries } from "@/components/targets/queries";
import { NewTemplate } from "@/components/templates/edit-template";
import { can } from "@/lib/contracts/permission";
import { listTargets } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("templateForm"))("newTitle") };
}

export default async function NewTemplatePage() {
  const actor = await requireActor();
  if (!can(actor, "template:write")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(targetQueries.list(), () => listTargets(actor))]}>
      <NewTemplate />
    </Prefetched>
  );
}
