import { useTranslations } from "next-intl";
import { fieldSentencesUnder } from "@/components/api/problem-sentence";
import { VolumeRows } from "@/components/templates/volume-rows";
import { Fold } from "@/components/ui/fold";
import { isPlatformDriver } from "@/lib/contracts/target-kind";
import type { DraftProps } from "./draft-props";

/** Folders that outlive releases. Opens by itself when there are some, or when something in it is wrong. */
export function VolumeFields({ draft, set, error }: DraftProps) {
  const t = useTranslations("serviceForm");
  if (isPlatformDriver(draft.driver)) return null;
  const isWrong = fieldSentencesUnder(error, "volumes").length > 0;
  return (
    <Fold title={t("volumes")} isWrong={isWrong} defaultOpen={draft.volumes.length > 0}>
      <div className="flex flex-col gap-3">
        <p className="text-pretty text-muted text-sm">
          {t("volumesText")} {draft.driver === "process" && t("volumesProcess")}
        </p>
        <VolumeRows
          volumes={draft.volumes}
          onChange={(volumes) => set({ volumes })}
          error={error}
          placeholders={["data", "/data"]}
        />
      </div>
    </Fold>
  );
}
