"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PageHeader } from "@/components/ui/page-header";
import { fieldSentence } from "@/lib/client/field-sentence";
import { DriverChoice, DriverSettings } from "./driver-fields";
import { FormSection } from "./form-section";
import { HealthFields, RegistryFields } from "./more-fields";
import { ReachFields } from "./reach-fields";
import { emptyDraft, type ServiceDraft } from "./service-draft";
import { type SourceChoice, SourceField } from "./source-field";
import { TargetField } from "./target-field";
import { useNewService } from "./use-new-service";
import { VariableRows } from "./variable-rows";
import { repeatedNames, type Variable } from "./variables";
import { WrongFields } from "./wrong-fields";

/** One page, one answer: whatever is wrong is shown at once, and nothing that was typed is lost. */
export function NewServiceForm({ roots, folders }: SourceChoice) {
  const t = useTranslations();
  const router = useRouter();
  const [draft, setDraft] = useState<ServiceDraft>(emptyDraft);
  const [variables, setVariables] = useState<Variable[]>([]);
  const { create, busy, error } = useNewService();
  const parts = { draft, set: (change: Partial<ServiceDraft>) => setDraft({ ...draft, ...change }), error };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (busy || repeatedNames(variables).size > 0) return;
    create(draft, variables, submitter?.getAttribute("value") === "deploy");
  };
  return (
    <Page>
      <Crumbs trail={[{ label: t("serviceForm.title") }]} />
      <PageHeader title={t("serviceForm.title")} description={t("serviceForm.description")} />
      <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 sm:px-6">
        <FormSection title={t("serviceForm.what")}>
          <Field label={t("serviceForm.name")} hint={t("serviceForm.nameHint")} error={fieldSentence(error, "name")}>
            <Input
              dir="ltr"
              value={draft.name}
              onChange={(event) => parts.set({ name: event.target.value })}
              placeholder="my-service"
              autoComplete="off"
              spellCheck={false}
              autoFocus
            />
          </Field>
          <SourceField {...parts} roots={roots} folders={folders} />
        </FormSection>
        <FormSection title={t("serviceForm.how")}>
          <DriverChoice {...parts} />
          <TargetField {...parts} />
          <DriverSettings {...parts} />
        </FormSection>
        <FormSection title={t("serviceForm.health")}>
          <ReachFields {...parts} />
          <HealthFields {...parts} />
        </FormSection>
        <FormSection title={t("serviceForm.environment")} text={t("serviceForm.environmentText")}>
          <VariableRows rows={variables} onChange={setVariables} error={error} path={["environment"]} />
        </FormSection>
        <FormSection title={t("serviceForm.address")}>
          <RegistryFields {...parts} />
        </FormSection>
        <footer className="flex flex-col gap-4 border-t pt-5">
          <WrongFields error={error} />
          <div className="flex flex-wrap justify-end gap-2">
            <Button variant="ghost" onClick={() => router.back()}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" value="create" busy={busy}>
              {t("serviceForm.create")}
            </Button>
            <Button type="submit" value="deploy" variant="primary" busy={busy}>
              {t("serviceForm.createAndDeploy")}
            </Button>
          </div>
        </footer>
      </form>
    </Page>
  );
}
