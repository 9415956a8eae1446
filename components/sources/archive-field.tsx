import { useQuery } from "@tanstack/react-query";
import { CircleAlert, FileArchive } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ComponentProps, type ReactNode, useId, useRef } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { UploadView } from "@/lib/contracts/upload";
import { type Upload, type UploadProgress, uploadQueries } from "./upload";

interface Props {
  uploadId: string;
  upload: Upload;
  /** A file is being dragged over the page. */
  isOver: boolean;
  limitBytes: number;
  onPick: (file: File) => void;
  /** The error of the last answer. */
  error: string | undefined;
}

/** An archive that is being chosen, sent, or is uploaded. Errors are shown below it, and the rest of the form stays. */
export function ArchiveField({ uploadId, upload, isOver, limitBytes, onPick, error }: Props) {
  const t = useTranslations("sources");
  const sentence = useProblemSentence();
  const id = useId();
  const { progress } = upload;
  const failed = progress?.step === "failed" ? progress : undefined;
  const wrong = failed ? sentence(failed.error) : progress ? undefined : error;
  const described = wrong ? `${id}-error` : undefined;
  const pick = { isOver, onPick, isWrong: wrong !== undefined, describedBy: described };
  return (
    <fieldset aria-labelledby={id} className="flex min-w-0 flex-col gap-1.5">
      <span id={id} className="font-medium text-sm">
        {t("archive")}
      </span>
      {progress && progress.step !== "failed" ? (
        <UploadBar progress={progress} onCancel={upload.cancel} />
      ) : uploadId !== "" && !failed ? (
        <UploadedArchive {...pick} id={uploadId} />
      ) : (
        <ArchivePicker {...pick} limitBytes={limitBytes} />
      )}
      {wrong && (
        <p id={described} role="alert" className="flex items-start gap-1.5 text-failed text-sm">
          <CircleAlert aria-hidden className="mt-px size-4 shrink-0" />
          <span className="min-w-0 break-words">
            {failed && (
              <>
                <bdi className="font-medium">{failed.fileName}</bdi>:{" "}
              </>
            )}
            {wrong}
          </span>
        </p>
      )}
    </fieldset>
  );
}

interface PickProps {
  isOver: boolean;
  onPick: (file: File) => void;
  isWrong: boolean;
  describedBy: string | undefined;
}

function ArchivePicker({ isOver, limitBytes, isWrong, ...pick }: PickProps & { limitBytes: number }) {
  const t = useTranslations("sources");
  const quantities = useQuantities();
  return (
    <div
      className={cn(
        "flex flex-col items-center gap-3 rounded-md border border-line-strong border-dashed bg-surface px-4 py-6 text-center transition-colors",
        isOver && "border-accent-text bg-subtle",
        isWrong && !isOver && "border-failed",
      )}
    >
      <FileArchive aria-hidden className={cn("size-6 text-faint", isOver && "text-accent-text")} />
      <div>
        <p className="text-pretty">{t(isOver ? "letGo" : "drop")}</p>
        <p className="mt-1 text-pretty text-faint text-sm">
          {t("archiveHint", { limit: ltr(quantities.bytes(limitBytes)) })}
        </p>
      </div>
      <ChooseFile {...pick} isWrong={isWrong}>
        {t("choose")}
      </ChooseFile>
    </div>
  );
}

/** The upload in enough detail to recognise it. Another person's archive is shown without details. */
function UploadedArchive({ id, isOver, isWrong, ...pick }: PickProps & { id: string }) {
  const t = useTranslations("sources");
  const { data, isPending } = useQuery({ ...uploadQueries.detail(id), retry: false });
  return (
    <div
      className={cn(
        "flex flex-wrap items-start gap-x-3 gap-y-2.5 rounded-md border border-line-strong bg-surface px-4 py-3.5 transition-colors",
        isOver && "border-accent-text border-dashed bg-subtle",
        isWrong && !isOver && "border-failed",
      )}
    >
      <FileArchive aria-hidden className="mt-0.5 size-4 shrink-0 text-succeeded" />
      <div className="min-w-0 flex-1 basis-48" aria-live="polite">
        {data ? <Contents upload={data} /> : <p className="text-muted">{isPending ? "…" : t("otherArchive")}</p>}
      </div>
      <ChooseFile {...pick} isWrong={isWrong} size="sm">
        {t("replace")}
      </ChooseFile>
    </div>
  );
}

function Contents({ upload }: { upload: UploadView }) {
  const t = useTranslations("sources");
  const quantities = useQuantities();
  const format = useFormatter();
  const { fileName, bytes, files, unpackedBytes, folder, entries, leftOut, createdAt } = upload;
  return (
    <>
      <p className="truncate font-medium">
        <bdi>{fileName}</bdi>
      </p>
      <p className="text-muted text-sm">
        {t("contents", {
          size: ltr(quantities.bytes(bytes)),
          files,
          unpacked: ltr(quantities.bytes(unpackedBytes)),
          day: format.dateTime(new Date(createdAt), "day"),
        })}
      </p>
      {folder !== null && (
        <p className="text-faint text-sm">
          {t.rich("fromFolder", { folder: () => <bdi className="figures">{folder}/</bdi> })}
        </p>
      )}
      <p dir="ltr" className="figures mt-1.5 break-words text-faint text-sm rtl:text-right">
        {entries.join("  ")}
      </p>
      {leftOut.count > 0 && (
        <p className="mt-1.5 break-words text-faint text-sm">
          {t("leftOut", { count: leftOut.count })} <bdi className="figures">{leftOut.names.join("  ")}</bdi>
        </p>
      )}
    </>
  );
}

interface BarProps {
  progress: Exclude<UploadProgress, { step: "failed" }>;
  onCancel: () => void;
}

function UploadBar({ progress, onCancel }: BarProps) {
  const t = useTranslations("sources");
  const quantities = useQuantities();
  const { step, fileName, total } = progress;
  const sent = step === "sending" ? progress.sent : total;
  const percent = Math.floor((sent / total) * 100);
  const isChecking = step === "checking";
  const amount = t("sent", { sent: ltr(quantities.bytes(sent)), total: ltr(quantities.bytes(total)) });
  return (
    <div className="flex flex-col gap-2.5 rounded-md border border-line-strong bg-surface px-4 py-3.5">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">
            <bdi>{fileName}</bdi>
          </p>
          <p className="flex flex-wrap gap-x-2 text-muted text-sm">
            {isChecking ? t("checking") : <span className="tabular-nums">{amount}</span>}
            {!isChecking && <span className="tabular-nums">{ltr(`${percent}%`)}</span>}
          </p>
        </div>
        <Button size="sm" onClick={onCancel}>
          {t("cancel")}
        </Button>
      </div>
      <div
        role="progressbar"
        aria-label={t("uploading", { name: fileName })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={isChecking ? undefined : percent}
        aria-valuetext={isChecking ? t("checking") : `${percent}%`}
        className="h-1.5 overflow-hidden rounded-full bg-subtle"
      >
        <div
          className={isChecking ? "breathe h-full bg-accent" : "h-full bg-accent transition-[width]"}
          style={{ width: `${percent}%` }}
        />
      </div>
    </div>
  );
}

interface ChooseProps extends Pick<ComponentProps<typeof Button>, "variant" | "size"> {
  onPick: (file: File) => void;
  isWrong: boolean;
  describedBy: string | undefined;
  children: ReactNode;
}

const ACCEPTED = ".tar.gz,.tgz,.zip,application/gzip,application/zip";

/** A button instead of the browser's own file input, which cannot be marked as invalid. */
function ChooseFile({ onPick, isWrong, describedBy, children, ...button }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        {...button}
        aria-invalid={isWrong || undefined}
        aria-describedby={describedBy}
        onClick={() => input.current?.click()}
      >
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        hidden
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) onPick(file);
          target.value = ""; // the same file can be chosen again
        }}
      />
    </>
  );
}
