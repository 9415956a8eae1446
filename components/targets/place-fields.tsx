import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { MOST_AT_ONCE } from "@/lib/contracts/target";
import { PlainField } from "./plain-field";
import type { ServerProps } from "./server-props";

/** What it is called, and how it is used. */
export function PlaceFields({
  draft,
  set,
  error,
  isBaseFixed,
  isNext,
}: ServerProps & { isBaseFixed: boolean; isNext: boolean }) {
  const t = useTranslations();
  return (
    <>
      <PlainField
        label={t("serverForm.name")}
        hint={t("serverForm.nameHint")}
        error={fieldSentence(error, "name")}
        value={draft.name}
        onChange={(name) => set({ name })}
        placeholder="web-1"
        autoFocus={isNext}
      />
      <PlainField
        label={t("serverForm.base")}
        hint={t(isBaseFixed ? "serverForm.baseStays" : "serverForm.baseHint")}
        error={fieldSentence(error, "base")}
        value={draft.base}
        onChange={(base) => set({ base })}
        disabled={isBaseFixed}
      />
      <div className="grid gap-4 @lg/page:grid-cols-2">
        <PlainField
          label={t("serverForm.publicHost")}
          optional={t("common.optional")}
          hint={t("serverForm.publicHostHint")}
          error={fieldSentence(error, "publicHost")}
          value={draft.publicHost}
          onChange={(publicHost) => set({ publicHost })}
          placeholder="apps.example.com"
        />
        <Field label={t("targets.concurrency")} error={fieldSentence(error, "concurrency")}>
          <Select value={draft.concurrency} onChange={(event) => set({ concurrency: event.target.value })}>
            {Array.from({ length: MOST_AT_ONCE }, (_, index) => String(index + 1)).map((count) => (
              <option key={count}>{count}</option>
            ))}
          </Select>
        </Field>
      </div>
    </>
  );
}
