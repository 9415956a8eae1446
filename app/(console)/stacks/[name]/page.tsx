import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { stackQueries } from "@/components/stacks/queries";
import { StackPage } from "@/components/stacks/stack-page";
import { can } from "@/lib/contracts/permission";
import { isStack } from "@/lib/contracts/stack-state";
import { findStack } from "@/lib/domain/stacks/stack-store";
import { findServiceRow } from "@/lib/services/service-store";
import { requireActor } from "@/lib/web/auth/current-user";

interface Props {
  params: Promise<{ name: string }>;
}

/** Another owner's stack is treated as missing; a service that is no stack has a page of its own. */
const find = cache(async (encodedName: string) => {
  const actor = await requireActor();
  const name = decodeURIComponent(encodedName);
  const found = await findStack(name);
  if (found && can(actor, "service:read", { ownerId: found.owner.id })) return found;
  const service = await findServiceRow(name);
  if (service && !isStack(service) && can(actor, "service:read", service)) redirect(`/services/${encodedName}`);
  return notFound();
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await find((await params).name)).name };
}

export default async function OneStackPage({ params }: Props) {
  const found = await find((await params).name);
  return (
    <Prefetched queries={[prefetch(stackQueries.detail(found.name), async () => found)]}>
      <StackPage name={found.name} />
    </Prefetched>
  );
}
