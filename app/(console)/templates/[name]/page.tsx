import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { targetQueries } from "@/components/targets/queries";
import { EditTemplate } from "@/components/templates/edit-template";
import { templateQueries } from "@/components/templates/queries";
import { can } from "@/lib/contracts/permission";
import { findTemplateView } from "@/lib/services/templates/template-store";
import { listTargets } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

interface Props {
  params: Promise<{ name: string }>;
}

/** Read once for title and page. */
const find = cache(
  async (encodedName: string) => (await findTemplateView({ name: decodeURIComponent(encodedName) })) ?? notFound(),
);

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  await requireActor();
  return { title: (await find((await params).name)).name };
}

export default async function TemplatePage({ params }: Props) {
  const actor = await requireActor();
  if (!can(actor, "template:write")) return <Forbidden />;
  const found = await find((await params).name);
  const detail = prefetch(templateQueries.detail(found.name), async () => found);
  return (
    <Prefetched queries={[detail, prefetch(targetQueries.list(), () => listTargets(actor))]}>
      <EditTemplate name={found.name} />
    </Prefetched>
  );
}
