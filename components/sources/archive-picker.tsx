import { FileArchive } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { ltr, useQuantities } from "@/components/ui/quantities";
import { ChooseFile } from "./choose-file";

interface Props {
  isOver: boolean;
  limitBytes: number;
  onPick: (file: File) => void;
  isWrong: boolean;
  describedBy: string | undefined;
}

export function ArchivePicker({ isOver, limitBytes, isWrong, ...pick }: Props) {
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
