"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { FormSection } from "@/components/forms/form-section";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { RemovalSection } from "@/components/layout/removal-section";
import { useCan } from "@/components/layout/viewer";
import { useUpload } from "@/components/sources/upload";
import { Button } from "@/components/ui/button";
import { Field as Frame } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { ServiceChange, type ServiceDetail } from "@/lib/contracts/service";
import { DriverChoice, DriverSettings } from "./driver-fields";
import { GitAccess } from "./git-access";
import { GitHook } from "./git-hook";
import { serviceQueries, useChangeService, useRemoveService } from "./queries";
import { HealthFields, ReachFields, RegistryFields, VolumeFields } from "./service-fields";
import { contractOf, prepareService, type ServiceValues, valuesOf } from "./service-values";
import { type SourceChoice, SourceField } from "./source-field";

export function ServiceSettings({ name, ...sources }: SourceChoice & { name: string }) {
  const service = useQuery(serviceQueries.detail(name)).data;
  const can = useCan();
  if (!service) return null;
  const owner = { ownerId: service.owner.id };
  return (
    <>
      <SettingsForm service={service} sources={sources} isReadOnly={!can("service:update", owner)} />
      {service.source.kind === "git" && can("service:update", owner) && (
        <>
          <GitAccess name={name} />
          <GitHook name={name} />
        </>
      )}
      {can("service:delete", owner) && <RemoveService service={service} />}
    </>
  );
}

const contract = contractOf(ServiceChange);

/** Begins with the saved values; later saves by others do not overwrite what is being typed. */
function SettingsForm({
  service,
  sources,
  isReadOnly,
}: {
  service: ServiceDetail;
  sources: SourceChoice;
  isReadOnly: boolean;
}) {
  const t = useTranslations("serviceForm");
  const waits = useTranslations("sources")("waits");
  const change = useChangeService(service.name);
  const form = useContractForm<ServiceValues>(contract, {
    defaults: () => valuesOf(service),
    prepare: prepareService,
    maySubmit: () => !change.isPending && !upload.isUnderWay && !isReadOnly,
    submit: (body, answer) => {
      const onSuccess = (saved: ServiceDetail) => {
        form.reset(valuesOf(saved));
        toast.succeeded(t("saved"));
      };
      change.mutate(body, { ...answer, onSuccess });
    },
  });
  const upload = useUpload(({ id }) => form.setValue("source", { ...form.getValues("source"), uploadId: id }));
  return (
    <Form form={form}>
      <fieldset disabled={isReadOnly} className="min-w-0">
        <FormSection title={t("what")}>
          <SourceField {...sources} upload={upload} isReadOnly={isReadOnly} service={service.name} />
        </FormSection>
        <FormSection title={t("how")}>
          <DriverChoice />
          <Frame label={t("target")} hint={t("targetStays")}>
            <Input value={service.target.name} readOnly disabled />
          </Frame>
          <DriverSettings />
          <VolumeFields />
        </FormSection>
        <FormSection title={t("health")}>
          <ReachFields />
          <HealthFields />
        </FormSection>
        <FormSection title={t("address")}>
          <RegistryFields />
        </FormSection>
        {!isReadOnly && (
          <footer className="flex flex-col gap-4 border-t pt-5">
            <WrongFields />
            <div className="flex flex-wrap items-center justify-end gap-3">
              <p className="text-faint text-sm">{upload.isUnderWay ? waits : t("nextDeployment")}</p>
              <Button type="submit" variant="primary" busy={change.isPending} disabled={upload.isUnderWay}>
                {t("save")}
              </Button>
            </div>
          </footer>
        )}
      </fieldset>
    </Form>
  );
}

function RemoveService({ service: { name, target } }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const router = useRouter();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText", { target: target.name })}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("removing", { name })}
      removal={useRemoveService(name)}
      onRemoved={({ id }) => router.push(`/deployments/${id}`)}
    />
  );
}
