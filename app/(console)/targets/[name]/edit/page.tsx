import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { EditTarget } from "@/components/targets/target-form";
import { can } from "@/lib/contracts/permission";
import { env } from "@/lib/platform/env";
import { requireActor } from "@/lib/web/auth/current-user";
import { findTargetOrNot } from "../find-target";

interface Props {
  params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return {
    title: (await getTranslations("serverForm"))("editTitle", { name: decodeURIComponent((await params).name) }),
  };
}

export default async function EditTargetPage({ params }: Props) {
  const actor = await requireActor();
  if (!can(actor, "target:write")) return <Forbidden />;
  const target = await findTargetOrNot((await params).name);
  if (target.kind === "local" || target.readOnly) notFound();
  return <EditTarget target={target} hasAgent={env.SSH_AUTH_SOCK !== undefined} />;
}
