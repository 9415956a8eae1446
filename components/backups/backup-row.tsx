"use client";

import {
  CircleCheck,
  CircleDashed,
  CircleX,
  KeyRound,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { ltr, useQuantities } from "@/components/ui/quantities";
import { TableCell, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { BackupContents, BackupState, BackupView } from "@/lib/contracts/backup";

export function BackupRow({ backup }: { backup: BackupView }) {
  const t = useTranslations("backups");
  const quantities = useQuantities();
  const { name, trigger, by, bytes, createdAt, contents } = backup;
  return (
    <TableRow>
      <TableCell className="align-top">
        <bdi className="figures font-medium">{name}</bdi>
        <span className="block text-faint text-sm">{t(`triggers.${trigger}`, { by })}</span>
        <span className="block text-muted text-sm @lg/page:hidden">
          <TimeAgo at={createdAt} />
          {bytes !== null && (
            <>
              {" · "}
              <bdi dir="ltr" className="figures">
                {quantities.bytes(bytes)}
              </bdi>
            </>
          )}
        </span>
      </TableCell>
      <TableCell className="align-top">
        <Standing backup={backup} />
      </TableCell>
      <TableCell className="align-top text-muted @max-lg/page:hidden">
        <TimeAgo at={createdAt} />
      </TableCell>
      <TableCell className="figures whitespace-nowrap align-top @max-lg/page:hidden">
        {bytes !== null && <bdi dir="ltr">{quantities.bytes(bytes)}</bdi>}
      </TableCell>
      <TableCell className="align-top">{backup.state === "succeeded" && <Proof backup={backup} />}</TableCell>
      <TableCell className="align-top text-muted @max-4xl/page:hidden">
        {contents && <Contents contents={contents} />}
      </TableCell>
    </TableRow>
  );
}

const STATES: Record<BackupState, { icon: LucideIcon; colour: string; moving?: boolean }> = {
  queued: { icon: CircleDashed, colour: "text-queued" },
  running: { icon: LoaderCircle, colour: "text-running", moving: true },
  succeeded: { icon: CircleCheck, colour: "text-succeeded" },
  failed: { icon: CircleX, colour: "text-failed" },
};

function Standing({ backup: { state, problem } }: { backup: BackupView }) {
  const t = useTranslations("backups");
  return <Mark {...STATES[state]} word={t(`states.${state}`)} problem={problem} />;
}

function Proof({ backup: { proof } }: { backup: BackupView }) {
  const t = useTranslations("backups");
  if (proof === null) return <Mark icon={CircleDashed} colour="text-faint" word={t("notYetProven")} problem={null} />;
  if (proof.state === "unproven")
    return <Mark icon={TriangleAlert} colour="text-failed" word={t("unproven")} problem={proof.problem} />;
  return (
    <>
      <Mark icon={CircleCheck} colour="text-succeeded" word={t("proven")} problem={null} />
      <TimeAgo at={proof.at} className="block whitespace-nowrap text-muted text-sm" />
    </>
  );
}

interface MarkProps {
  icon: LucideIcon;
  colour: string;
  moving?: boolean;
  word: string;
  problem: BackupView["problem"];
}

/** Icon, word and colour; beneath them the problem, and below that its error output. */
function Mark({ icon: Icon, colour, moving, word, problem }: MarkProps) {
  const sentence = useProblemSentence();
  return (
    <>
      <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", colour)}>
        <Icon aria-hidden className={cn("size-4 shrink-0", moving && "breathe")} />
        {word}
      </span>
      {problem && (
        <span className="mt-0.5 block max-w-80 text-pretty text-muted text-sm">
          {sentence(problem)}
          {problem.detail && (
            <bdi dir="ltr" className="figures block break-words text-faint text-xs">
              {problem.detail}
            </bdi>
          )}
        </span>
      )}
    </>
  );
}

function Contents({ contents: { rows, tables, key, files, filesLeftOut } }: { contents: BackupContents }) {
  const t = useTranslations("backups");
  return (
    <span className="block text-sm">
      <span className="block whitespace-nowrap">{t("rows", { rows, tables })}</span>
      <span className={cn("flex items-center gap-1.5", key === "left-out" && "text-warning")}>
        <KeyRound aria-hidden className="size-3.5 shrink-0" />
        {t(key === "sealed" ? "keySealed" : "keyLeftOut")}
      </span>
      {files.length > 0 && <span title={files.join(", ")}>{t("files", { count: files.length })}</span>}
      {filesLeftOut.length > 0 && (
        <span className="block text-warning">{t("filesLeftOut", { files: ltr(filesLeftOut.join(", ")) })}</span>
      )}
    </span>
  );
}
