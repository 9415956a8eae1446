"use client";

import { useQuery } from "@tanstack/react-query";
import { Archive, KeyRound, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { ltr } from "@/components/ui/quantities";
import { Table, TableHead } from "@/components/ui/table";
import { ClockMoment, TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { BackupPlan } from "@/lib/contracts/backup";
import { BackupRow } from "./backup-row";
import { backupQueries, isUnderWay, useRequestBackup } from "./queries";

const TONES = { failed: "wash-failed text-failed", warning: "wash-warning text-warning" };

export function BackupList() {
  const t = useTranslations("backups");
  const query = useQuery(backupQueries.list());
  const mayAsk = useCan()("backup:create");
  const now = mayAsk && <BackUpNow busy={query.data !== undefined && isUnderWay(query.data)} />;
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={now} />
      {query.data && <BackupPlanNotes plan={query.data.plan} />}
      <Card flush>
        <ListPanel
          query={query}
          items={query.data?.items}
          empty={<EmptyState icon={Archive} title={t("emptyTitle")} text={t("emptyText")} action={now} />}
        >
          {(backups) => (
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("name")}</TableHead>
                  <TableHead>{t("state")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("made")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("size")}</TableHead>
                  <TableHead>{t("proof")}</TableHead>
                  <TableHead className="@max-4xl/page:hidden">{t("contents")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {backups.map((backup) => (
                  <BackupRow key={backup.id} backup={backup} />
                ))}
              </tbody>
            </Table>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}

/** `busy`: a backup is running, and the server would refuse another one. */
function BackUpNow({ busy }: { busy: boolean }) {
  const t = useTranslations("backups");
  const sentence = useProblemSentence();
  const request = useRequestBackup();
  const ask = () =>
    request.mutate(undefined, {
      onSuccess: ({ name }) => toast.succeeded(t("asked", { name })),
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <Button variant="primary" busy={busy || request.isPending} onClick={ask}>
      <Archive aria-hidden />
      {t("now")}
    </Button>
  );
}

/** The schedule, and its problems: an overdue backup, a key that no backup contains. */
function BackupPlanNotes({ plan }: { plan: BackupPlan }) {
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
