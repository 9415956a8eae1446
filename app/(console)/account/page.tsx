import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Account } from "@/components/account/account";
import { accountQueries } from "@/components/account/queries";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { getOwnSecurity, listOwnSessions } from "@/lib/domain/users/own-account";
import { requireActor } from "@/lib/web/auth/current-user";
import { IDLE_SECONDS } from "@/lib/web/auth/session-cookie";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("account"))("title") };
}

export default async function AccountPage() {
  const actor = await requireActor();
  return (
    <Prefetched
      queries={[
        prefetch(accountQueries.security(), () => getOwnSecurity(actor)),
        prefetch(accountQueries.sessions(), () => listOwnSessions(actor, IDLE_SECONDS)),
      ]}
    >
      <Account />
    </Prefetched>
  );
}
