"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useRequestDeployment } from "@/components/deployments/queries";
import { Field } from "@/components/forms/field";
import { FormSection } from "@/components/forms/form-section";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { useUpload } from "@/components/sources/upload";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { NewService } from "@/lib/contracts/service";
import { DriverChoice, DriverSettings } from "./driver-fields";
import { useCreateService } from "./queries";
import { HealthFields, ReachFields, RegistryFields, VolumeFields } from "./service-fields";
import { contractOf, emptyService, prepareService, type ServiceValues } from "./service-values";
import { type SourceChoice, SourceField } from "./source-field";
import { TargetField } from "./target-field";
import { VariableRows } from "./variable-rows";
import { repeatedNames } from "./variables";

const contract = contractOf(NewService);

/** One page, one answer: all errors are shown together, and the typed values stay. */
export function NewServiceForm(sources: SourceChoice) {
  const t = useTranslations();
  const router = useRouter();
  const service = useCreateService();
  const goTo = useCreated();
  // Until the page has changed, a second press must not create the service again.
  const isBusy = service.isPending || service.isSuccess;
  const form = useContractForm<ServiceValues>(contract, {
    defaults: () => emptyService,
    prepare: prepareService,
    leave: isBusy ? undefined : t("serviceForm.leave"),
    maySubmit: ({ variables }) => !isBusy && !upload.isUnderWay && repeatedNames(variables).size === 0,
    submit: (body, answer, submitter) => {
      const isDeployed = submitter?.getAttribute("value") === "deploy";
      service.mutate(body, { ...answer, onSuccess: ({ name }) => goTo(name, isDeployed) });
    },
  });
  const upload = useUpload(({ id }) =>
    form.setValue("source", { ...form.getValues("source"), uploadId: id }, { shouldDirty: true }),
  );
  const leave = () => (!form.formState.isDirty || window.confirm(t("serviceForm.leave"))) && router.back();
  return (
    <Page>
      <Crumbs trail={[{ label: t("serviceForm.title") }]} />
      <PageHeader title={t("serviceForm.title")} description={t("serviceForm.description")} />
      <Form form={form}>
        <FormSection title={t("serviceForm.what")}>
          <Field
            name="name"
            label={t("serviceForm.name")}
            hint={t("serviceForm.nameHint")}
            placeholder="my-service"
            autoFocus
          />
          <SourceField {...sources} upload={upload} />
        </FormSection>
        <FormSection title={t("serviceForm.how")}>
          <DriverChoice />
          <TargetField />
          <DriverSettings />
          <VolumeFields />
        </FormSection>
        <FormSection title={t("serviceForm.health")}>
          <ReachFields />
          <HealthFields />
        </FormSection>
        <FormSection title={t("serviceForm.environment")} text={t("serviceForm.environmentText")}>
          <VariableRows path="environment" />
        </FormSection>
        <FormSection title={t("serviceForm.address")}>
          <RegistryFields />
        </FormSection>
        <footer className="flex flex-col gap-4 border-t pt-5">
          <WrongFields />
          <div className="flex flex-wrap items-center justify-end gap-2">
            {upload.isUnderWay && <p className="text-faint text-sm">{t("sources.waits")}</p>}
            <Button variant="ghost" onClick={leave}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" value="create" busy={isBusy} disabled={upload.isUnderWay}>
              {t("serviceForm.create")}
            </Button>
            <Button type="submit" value="deploy" variant="primary" busy={isBusy} disabled={upload.isUnderWay}>
              {t("serviceForm.createAndDeploy")}
            </Button>
          </div>
        </footer>
      </Form>
    </Page>
  );
}

/** Deploys the created service if requested, and opens the page that shows the result. */
function useCreated() {
  const t = useTranslations("serviceForm");
  const router = useRouter();
  const sentence = useProblemSentence();
  const deployment = useRequestDeployment();
  return (name: string, isDeployed: boolean) => {
    if (!isDeployed) {
      toast.succeeded(t("created", { name }));
      router.push(`/services/${name}`);
      return;
    }
    const onError = (error: unknown) => {
      toast.failed(t("createdNotDeployed", { name, problem: sentence(error) }));
      router.push(`/services/${name}`);
    };
    deployment.mutate({ service: name }, { onSuccess: ({ id }) => router.push(`/deployments/${id}`), onError });
  };
}
