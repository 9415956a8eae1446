"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { useLeaveWarning } from "@/components/forms/use-leave-warning";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { useUpload } from "@/components/sources/upload";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { DriverChoice, DriverSettings } from "./driver-fields";
import { FormSection } from "./form-section";
import { HealthFields, RegistryFields } from "./more-fields";
import { ReachFields } from "./reach-fields";
import { emptyDraft, type ServiceDraft } from "./service-draft";
import { type SourceChoice, SourceField } from "./source-field";
import { TargetField } from "./target-field";
import { useGrantedDraft } from "./use-granted";
import { useNewService } from "./use-new-service";
import { VariableRows } from "./variable-rows";
import { repeatedNames, type Variable } from "./variables";
import { VolumeFields } from "./volume-fields";
import { WrongFields } from "./wrong-fields";

/** One page, one answer: whatever is wrong is shown at once, and nothing that was typed is lost. */
export function NewServiceForm(sources: SourceChoice) {
  const t = useTranslations();
  const router = useRouter();
  const [typed, setDraft] = useState<ServiceDraft>(emptyDraft);
  const { draft, hasTarget } = useGrantedDraft(typed);
  const [variables, setVariables] = useState<Variable[]>([]);
  const { create, busy, error } = useNewService();
  // From what it is then: an upload ends whenever it does, and must not take back what was typed meanwhile.
  const set = (change: Partial<ServiceDraft>) => setDraft((current) => ({ ...current, ...change }));
  const upload = useUpload(({ id }) => set({ uploadId: id }));
  const parts = { draft, set, error };
  const isUnsaved = !busy && (draft.name + draft.path + draft.image + draft.uploadId !== "" || variables.length > 0);
  useLeaveWarning(isUnsaved, t("serviceForm.leave"));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (busy || upload.isUnderWay || repeatedNames(variables).size > 0) return;
    create(draft, variables, submitter?.getAttribute("value") === "deploy");
  };
  return (
    <Page>
      <Crumbs trail={[{ label: t("serviceForm.title") }]} />
      <PageHeader title={t("serviceForm.title")} description={t("serviceForm.description")} />
      <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 @lg/page:px-6">
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
          <SourceField {...parts} {...sources} upload={upload} />
        </FormSection>
        <FormSection title={t("serviceForm.how")}>
          <DriverChoice {...parts} />
          {!hasTarget && <p className="rounded-md px-3 py-2.5 text-sm wash-warning">{t("serviceForm.noTarget")}</p>}
          <TargetField {...parts} />
          <DriverSettings {...parts} />
          <VolumeFields {...parts} />
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
          <div className="flex flex-wrap items-center justify-end gap-2">
            {upload.isUnderWay && <p className="text-faint text-sm">{t("sources.waits")}</p>}
            <Button
              variant="ghost"
              onClick={() => (!isUnsaved || window.confirm(t("serviceForm.leave"))) && router.back()}
            >
              {t("common.cancel")}
            </Button>
            <Button type="submit" value="create" busy={busy} disabled={upload.isUnderWay}>
              {t("serviceForm.create")}
            </Button>
            <Button type="submit" value="deploy" variant="primary" busy={busy} disabled={upload.isUnderWay}>
              {t("serviceForm.createAndDeploy")}
            </Button>
          </div>
        </footer>
      </form>
    </Page>
  );
}
