"use client";

import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { useTranslations } from "next-intl";
import type { DeploymentState } from "@/lib/contracts/deployment";
import { cn } from "./cn";

const LOOKS: Record<DeploymentState, { icon: LucideIcon; text: string; wash: string; moving?: boolean }> = {
  queued: { icon: CircleDashed, text: "text-queued", wash: "bg-subtle" },
  running: { icon: LoaderCircle, text: "text-running", wash: "wash-running", moving: true },
  undoing: { icon: Undo2, text: "text-warning", wash: "wash-warning", moving: true },
  succeeded: { icon: CircleCheck, text: "text-succeeded", wash: "wash-succeeded" },
  failed: { icon: CircleX, text: "text-failed", wash: "wash-failed" },
  cancelled: { icon: Ban, text: "text-cancelled", wash: "border border-line-strong" },
  stuck: { icon: TriangleAlert, text: "text-failed", wash: "border border-failed" },
};

/** A deployment's state as icon, word and colour; `plain` draws no pill, for dense rows. */
export function StateBadge({
  state,
  plain,
  className,
}: {
  state: DeploymentState;
  plain?: boolean;
  className?: string;
}) {
  const t = useTranslations("states");
  const { icon: Icon, text, wash, moving } = LOOKS[state];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm",
        text,
        !plain && ["h-6 rounded-full ps-1.5 pe-2.5", wash],
        className,
      )}
    >
      <Icon aria-hidden className={cn("size-4 shrink-0", moving && "breathe")} />
      {t(state)}
    </span>
  );
}
