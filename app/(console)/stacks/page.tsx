import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { StackList } from "@/components/stacks/stack-list";
import { requireActor } from "@/lib/auth/current-user";
import { can } from "@/lib/contracts/permission";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("stacks"))("title") };
}

export default async function StacksPage() {
  const actor = await requireActor();
  if (!can(actor, "service:read")) return <Forbidden />;
  return <StackList />;
}
