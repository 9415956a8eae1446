import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { StackPage } from "@/components/stacks/stack-page";
import { requireActor } from "@/lib/auth/current-user";
import { stackQueries } from "@/lib/client/stacks";
import { can } from "@/lib/contracts/permission";
import { findStack } from "@/lib/stacks/stack-store";

interface Props {
  params: Promise<{ name: string }>;
}

/** What belongs to somebody else is as unknown as what is not there. */
const find = cache(async (encodedName: string) => {
  const actor = await requireActor();
  const found = await findStack(decodeURIComponent(encodedName));
  if (!found || !can(actor, "service:read", { ownerId: found.owner.id })) notFound();
  return found;
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
