import { useQuery } from "@tanstack/react-query";
import { FileArchive } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { UploadView } from "@/lib/contracts/upload";
import { ChooseFile } from "./choose-file";
import { uploadQueries } from "./upload";

interface Props {
  id: string;
  isOver: boolean;
  onPick: (file: File) => void;
  isWrong: boolean;
  describedBy: string | undefined;
}

/** What is there, in enough detail to see whether it is the right one. Somebody else's is there without detail. */
export function UploadedArchive({ id, isOver, isWrong, ...pick }: Props) {
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
