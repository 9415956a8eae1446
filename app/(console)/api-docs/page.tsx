import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { apiDocument } from "@/app/api/api-document";
import { GET as openApi } from "@/app/api/openapi.json/route";
import { ApiReference } from "@/components/api-docs/api-reference";
import { Page, PageHeader } from "@/components/layout/page";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("apiDocs"))("title") };
}

export default async function ApiDocsPage() {
  await requireActor();
  const t = await getTranslations("apiDocs");
  const download = <a href="/api/openapi.json">{t("document")}</a>;
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={download} />
      <ApiReference document={apiDocument(openApi)} />
    </Page>
  );
}
