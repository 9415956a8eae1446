import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { NewServiceForm } from "@/components/services/new-service-form";
import { targetQueries } from "@/components/targets/queries";
import { can } from "@/lib/contracts/permission";
import { listSourceFoldersFor } from "@/lib/services/source-folders";
import { uploadLimitBytes } from "@/lib/sources/archive/archive";
import { listTargets } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("serviceForm"))("title") };
}

export default async function NewServicePage() {
  const actor = await requireActor();
  if (!can(actor, "service:create")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(targetQueries.list(), () => listTargets(actor))]}>
      <NewServiceForm {...(await listSourceFoldersFor(actor))} uploadLimitBytes={uploadLimitBytes()} />
    </Prefetched>
  );
}
