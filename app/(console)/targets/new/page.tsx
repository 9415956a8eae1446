import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { NewTarget } from "@/components/targets/target-form";
import { can } from "@/lib/contracts/permission";
import { env } from "@/lib/platform/env";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("serverForm"))("title") };
}

export default async function NewTargetPage() {
  const actor = await requireActor();
  if (!can(actor, "target:write")) return <Forbidden />;
  return <NewTarget hasAgent={env.SSH_AUTH_SOCK !== undefined} />;
}
