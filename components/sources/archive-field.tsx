import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ArchivePicker } from "./archive-picker";
import type { Upload } from "./upload";
import { UploadBar } from "./upload-bar";
import { UploadedArchive } from "./uploaded-archive";

interface Props {
  uploadId: string;
  upload: Upload;
  /** A file is held over the page. */
  isOver: boolean;
  limitBytes: number;
  onPick: (file: File) => void;
  /** Of the service's last try to be saved. */
  error: string | undefined;
}

/** Nothing yet, on its way, or there: the three looks of one box. What went wrong is said below it, and the rest stays. */
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
