"use client";

import { KeyRound, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { ltr } from "@/components/ui/ltr";
import { ClockMoment, TimeAgo } from "@/components/ui/time-ago";
import type { BackupPlan } from "@/lib/contracts/backup";

/** What is planned, and what is wrong with it: one that is late, a key that is in none. */
export function BackupPlanNotes({ plan }: { plan: BackupPlan }) {
  const t = useTranslations("backups");
  const { overdueSince, nextAt, keep, storage, place, sealsSecrets } = plan;
  return (
    <div className="mb-4 space-y-3">
      {overdueSince && (
        <Note icon={TriangleAlert} tone="failed" title={t("overdueTitle")}>
          {t.rich("overdueText", { when: () => <TimeAgo at={overdueSince} /> })}
        </Note>
      )}
      {!sealsSecrets && (
        <Note icon={KeyRound} tone="warning" title={t("keyTitle")}>
          {t("keyText")}
        </Note>
      )}
      <p className="text-muted text-sm">
        {nextAt ? t.rich("plan", { keep, when: () => <ClockMoment at={nextAt} /> }) : t("planOff", { keep })}{" "}
        {t(storage === "s3" ? "placeS3" : "placeFolder", { place: ltr(place) })}
      </p>
    </div>
  );
}

const TONES = { failed: "wash-failed text-failed", warning: "wash-warning text-warning" };

interface NoteProps {
  icon: LucideIcon;
  tone: keyof typeof TONES;
  title: string;
  children: ReactNode;
}

function Note({ icon: Icon, tone, title, children }: NoteProps) {
  return (
    <div role={tone === "failed" ? "alert" : "note"} className={cn("flex gap-3 rounded-lg px-4 py-3", TONES[tone])}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-pretty text-foreground text-sm">{children}</p>
      </div>
    </div>
  );
}
