import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { targetQueries } from "@/components/targets/queries";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import type { TargetView } from "@/lib/contracts/target";
import type { DraftProps } from "./draft-props";
import { unfitnessOf } from "./target-fit";

/** Targets that this driver cannot use are shown with the reason. Empty is the server's own default: the machine it runs on. */
export function TargetField({ draft, set, error }: DraftProps) {
  const t = useTranslations("serviceForm");
  const drivers = useTranslations("drivers");
  const targets = useQuery(targetQueries.list()).data ?? [];
  const words = ({ name, ...target }: TargetView) => {
    const unfit = unfitnessOf(target, draft.driver);
    if (!unfit) return name;
    if (unfit.reason === "grant") return t("targetNotGranted", { name });
    if (unfit.reason === "disabled") return t("targetDisabled", { name });
    if (unfit.reason === "tool") return t("targetLacks", { name, tool: unfit.tool });
    return t("targetUnfit", { name, driver: drivers(draft.driver) });
  };
  const fitting = targets.filter((target) => !unfitnessOf(target, draft.driver));
  const standard = fitting.find(({ kind }) => kind === "local") ?? fitting[0];
  const chosen = fitting.some(({ name }) => name === draft.target) ? draft.target : (standard?.name ?? "");
  // What is shown is what is sent: another driver may have left the chosen target behind.
  useEffect(() => {
    if (chosen !== draft.target && standard?.kind !== "local") set({ target: chosen });
    else if (chosen !== draft.target && draft.target !== "") set({ target: "" });
  });
  return (
    <Field label={t("target")} error={fieldSentence(error, "target")}>
      <Select value={chosen} onChange={(event) => set({ target: event.target.value })}>
        {chosen === "" && <option value="" />}
        {targets.map((target) => (
          <option key={target.id} value={target.name} disabled={!fitting.includes(target)}>
            {words(target)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
