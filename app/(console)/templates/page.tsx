import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { TemplateList } from "@/components/templates/template-list";
import { requireActor } from "@/lib/auth/current-user";
import { can } from "@/lib/contracts/permission";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("templates"))("title") };
}

export default async function TemplatesPage() {
  const actor = await requireActor();
  if (!can(actor, "template:write")) return <Forbidden />;
  return <TemplateList />;
}
