import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { NewTarget } from "@/components/targets/new-target";
import { requireActor } from "@/lib/auth/current-user";
import { can } from "@/lib/contracts/permission";
import { env } from "@/lib/env";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("serverForm"))("title") };
}

export default async function NewTargetPage() {
  const actor = await requireActor();
  if (!can(actor, "target:write")) return <Forbidden />;
  return <NewTarget hasAgent={env.SSH_AUTH_SOCK !== undefined} />;
}
