import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetchPage } from "@/components/layout/prefetched";
import { tokenQueries } from "@/components/tokens/queries";
import { TokenList } from "@/components/tokens/token-list";
import { PageQuery } from "@/lib/contracts/page";
import { can } from "@/lib/contracts/permission";
import { listTokens } from "@/lib/domain/tokens/token-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("tokens"))("title") };
}

export default async function TokensPage() {
  const actor = await requireActor();
  if (!can(actor, "token:read")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetchPage(tokenQueries.list(), () => listTokens(actor, PageQuery.parse({})))]}>
      <TokenList />
    </Prefetched>
  );
}
