import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { registrationQueries } from "@/components/registrations/queries";
import { RegistrationList } from "@/components/registrations/registration-list";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listRegistrations } from "@/lib/registry/registration-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("registrations"))("title") };
}

export default async function RegistrationsPage() {
  const actor = await requireActor();
  if (!can(actor, "registration:read")) return <Forbidden />;
  return (
    <Prefetched
      queries={[
        prefetchPage(registrationQueries.list(), () =>
          listRegistrations(ownedBy(actor, "registration:read"), PageQuery.parse({})),
        ),
      ]}
    >
      <RegistrationList />
    </Prefetched>
  );
}
