"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { FormSection } from "@/components/services/form-section";
import { VariableRows } from "@/components/services/variable-rows";
import { WrongFields } from "@/components/services/wrong-fields";
import { PlainField } from "@/components/targets/plain-field";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { TemplateView } from "@/lib/contracts/template";
import { ReachFields } from "./reach-fields";
import { RunFields } from "./run-fields";
import { StoredVariables } from "./stored-variables";
import { useTemplateForm } from "./use-template-form";
import { VolumeRows } from "./volume-rows";

const SHOWN = new Set([
  "name",
  "description",
  "image",
  "domainSuffix",
  "https",
  "target",
  "port",
  "healthPath",
  "healthCommand",
  "limits",
  "volumes",
  "environment",
]);

/** One page, one answer: whatever is wrong is shown at once, and nothing that was typed is lost. */
export function TemplateForm({ template }: { template?: TemplateView }) {
  const t = useTranslations();
  const router = useRouter();
  const { draft, set, variables, setVariables, error, save, busy } = useTemplateForm(template);
  const parts = { draft, set, error };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) save();
  };
  return (
    <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 @lg/page:px-6">
      <FormSection title={t("templateForm.what")}>
        {!template && (
          <PlainField
            autoFocus
            label={t("templateForm.name")}
            hint={t("templateForm.nameHint")}
            error={fieldSentence(error, "name")}
            value={draft.name}
            onChange={(name) => set({ name })}
            placeholder="workspace"
          />
        )}
        <Field
          label={t("templateForm.descriptionField")}
          optional={t("common.optional")}
          hint={t("templateForm.descriptionHint")}
          error={fieldSentence(error, "description")}
        >
          <Input
            dir="auto"
            value={draft.description}
            onChange={(event) => set({ description: event.target.value })}
            autoComplete="off"
          />
        </Field>
        <PlainField
          label={t("templateForm.image")}
          hint={t("templateForm.imageHint")}
          error={fieldSentence(error, "image")}
          value={draft.image}
          onChange={(image) => set({ image })}
          placeholder="ghcr.io/acme/workspace:1.4"
        />
      </FormSection>
      <FormSection title={t("templateForm.where")} text={t("templateForm.whereText")}>
        <ReachFields {...parts} />
      </FormSection>
      <FormSection title={t("templateForm.how")}>
        <RunFields {...parts} />
      </FormSection>
      <FormSection title={t("templateForm.volumes")} text={t("templateForm.volumesText", { name: "{name}" })}>
        <VolumeRows volumes={draft.volumes} onChange={(volumes) => set({ volumes })} error={error} />
      </FormSection>
      <FormSection title={t("templateForm.environment")} text={t("templateForm.environmentText")}>
        <StoredVariables names={template?.environment ?? []} unset={draft.unset} onChange={(unset) => set({ unset })} />
        <VariableRows
          rows={variables}
          onChange={setVariables}
          error={error}
          path={template ? ["environment", "set"] : ["environment"]}
        />
      </FormSection>
      <footer className="flex flex-col gap-4 border-t pt-5">
        <WrongFields error={error} shown={SHOWN} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="ghost" onClick={() => router.back()}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t(template ? "common.save" : "templateForm.create")}
          </Button>
        </div>
      </footer>
    </form>
  );
}
