import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { UploadProgress } from "./upload";

interface Props {
  progress: Exclude<UploadProgress, { step: "failed" }>;
  onCancel: () => void;
}

export function UploadBar({ progress, onCancel }: Props) {
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
