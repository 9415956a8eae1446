import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { DraftProps } from "./draft-props";

/** Where it answers: its public port, and the path that proves a new release. */
export function ReachFields({ draft, set, error }: DraftProps) {
  const t = useTranslations("serviceForm");
  return (
    <div className="grid gap-4 @lg/page:grid-cols-2">
      <Field label={t("port")} hint={t("portHint")} error={fieldSentence(error, "port")}>
        <Input
          dir="ltr"
          className="figures"
          inputMode="numeric"
          placeholder="8080"
          value={draft.port}
          onChange={(event) => set({ port: event.target.value })}
          autoComplete="off"
        />
      </Field>
      <Field label={t("healthPath")} hint={t("healthPathHint")} error={fieldSentence(error, "healthPath")}>
        <Input
          dir="ltr"
          className="figures"
          value={draft.healthPath}
          onChange={(event) => set({ healthPath: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
    </div>
  );
}
