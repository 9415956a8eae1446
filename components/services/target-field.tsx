import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { fieldSentence } from "@/lib/client/field-sentence";
import { targetQueries } from "@/lib/client/targets";
import type { DraftProps } from "./draft-props";

/** Empty is the server's own default: the machine it runs on. */
export function TargetField({ draft, set, error }: DraftProps) {
  const t = useTranslations("serviceForm");
  const targets = useQuery(targetQueries.list()).data ?? [];
  const chosen = draft.target || targets.find(({ kind, disabledAt }) => kind === "local" && disabledAt === null)?.name;
  return (
    <Field label={t("target")} error={fieldSentence(error, "target")}>
      <Select value={chosen ?? ""} onChange={(event) => set({ target: event.target.value })}>
        {targets.map(({ id, name, disabledAt }) => (
          <option key={id} value={name} disabled={disabledAt !== null}>
            {disabledAt === null ? name : t("targetDisabled", { name })}
          </option>
        ))}
      </Select>
    </Field>
  );
}
