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
import { cn } from "@/components/ui/cn";
import type { StackState as State } from "@/lib/contracts/stack";
import { isMoving } from "./queries";

const LOOKS: Record<State, { icon: LucideIcon; text: string }> = {
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
  const { icon: Icon, text } = LOOKS[state];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", text, className)}>
      <Icon aria-hidden className={cn("size-4 shrink-0", isMoving({ state }) && "breathe")} />
      {t(state)}
    </span>
  );
}
