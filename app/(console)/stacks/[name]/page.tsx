import type { Metadata } from "next";
import { StackPage } from "@/components/stacks/stack-page";
import { requireActor } from "@/lib/auth/current-user";

interface Props {
  params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  await requireActor();
  return { title: decodeURIComponent((await params).name) };
}

export default async function OneStackPage({ params }: Props) {
  await requireActor();
  return <StackPage name={decodeURIComponent((await params).name)} />;
}
