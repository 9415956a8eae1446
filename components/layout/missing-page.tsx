"use client";

import type { LucideIcon } from "lucide-react";
import { usePathname } from "next/navigation";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { PageMark } from "./page-mark";

interface Props {
  icon: LucideIcon;
  title: string;
  text: string;
  /** The list that would contain it. */
  list: { href: string; label: string };
}

/** Replaces the page of something that does not exist or that the viewer may not see: its name, and a link to its list. */
export function MissingPage({ icon, title, text, list }: Props) {
  const name = decodeURIComponent(usePathname()).split("/")[2];
  const named = (
    <>
      <code className="figures mt-1 mb-2 block break-all text-foreground">{name}</code>
      {text}
    </>
  );
  const back = (
    <Button asChild>
      <Link href={list.href}>{list.label}</Link>
    </Button>
  );
  return (
    <>
      <PageMark title={title} />
      <EmptyState isPage icon={icon} title={title} text={named} action={back} />
    </>
  );
}
