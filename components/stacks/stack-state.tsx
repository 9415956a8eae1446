"use client";

import {
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  OctagonX,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import type { StackSummary, StackState as State } from "@/lib/contracts/stack";
import { isMoving } from "./queries";

const TONES: Record<State, { icon: LucideIcon; text: string }> = {
  waiting: { icon: CircleDashed, text: "text-queued" },
  deploying: { icon: LoaderCircle, text: "text-running" },
  running: { icon: CircleCheck, text: "text-succeeded" },
  down: { icon: OctagonX, text: "text-failed" },
  failed: { icon: CircleX, text: "text-failed" },
  removing: { icon: Trash2, text: "text-warning" },
  stuck: { icon: TriangleAlert, text: "text-failed" },
};

export function StackState({ state, className }: { state: State; className?: string }) {
  const t = useTranslations("stacks.states");
  const { icon: Icon, text } = TONES[state];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", text, className)}>
      <Icon aria-hidden className={cn("size-4 shrink-0", isMoving({ state }) && "breathe")} />
      {t(state)}
    </span>
  );
}

/** A link once a release is live; before that, only the future address. */
export function StackAddress({
  stack: { url, currentRelease, state },
  className,
}: {
  stack: Pick<StackSummary, "url" | "currentRelease" | "state">;
  className?: string;
}) {
  const t = useTranslations("stacks");
  if (currentRelease === null || state === "removing") {
    return (
      <span dir="ltr" className={cn("block truncate text-faint rtl:text-end", className)}>
        {url.replace(/^https?:\/\//, "")}
      </span>
    );
  }
  return (
    <span className={cn("flex min-w-0 items-center gap-0.5", className)}>
      <ExternalLink href={url} />
      <CopyButton text={url} label={t("copyAddress")} className="-my-1" />
    </span>
  );
}

type States = ReadonlyMap<string, StackSummary["state"]>;

/** Announces to screen readers which stack changed; nothing when the page opens. */
export function StackAnnouncer({ stacks }: { stacks: readonly StackSummary[] }) {
  const t = useTranslations("stacks");
  const [seen, setSeen] = useState<States>(() => statesOf(stacks));
  const [said, setSaid] = useState("");
  const changed = stacks.filter(({ name, state }) => seen.has(name) && seen.get(name) !== state);
  const isOther = changed.length > 0 || stacks.length !== seen.size;
  if (isOther) setSeen(statesOf(stacks));
  if (changed.length > 0)
    setSaid(changed.map(({ name, state }) => t("changed", { name, state: t(`states.${state}`) })).join(". "));
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}

function statesOf(stacks: readonly StackSummary[]): States {
  return new Map(stacks.map(({ name, state }) => [name, state]));
}
