import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { NewStack } from "@/components/stacks/new-stack";
import { stackQueries } from "@/components/stacks/queries";
import { can } from "@/lib/contracts/permission";
import { listStackOffers } from "@/lib/domain/stacks/stack-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("stackForm"))("title") };
}

export default async function NewStackPage() {
  const actor = await requireActor();
  if (!can(actor, "service:create")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(stackQueries.offers(), () => listStackOffers(actor))]}>
      <NewStack />
    </Prefetched>
  );
}
