"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useCan } from "@/components/layout/viewer";
import { useUpload } from "@/components/sources/upload";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import type { ServiceDetail } from "@/lib/contracts/service";
import { DriverChoice, DriverSettings } from "./driver-fields";
import { FormSection } from "./form-section";
import { HealthFields, RegistryFields } from "./more-fields";
import { useChangeService } from "./queries";
import { ReachFields } from "./reach-fields";
import { RemoveService } from "./remove-service";
import { bodyOf, draftOf, type ServiceDraft } from "./service-draft";
import { type SourceChoice, SourceField } from "./source-field";
import { useService } from "./use-service";
import { VolumeFields } from "./volume-fields";
import { WrongFields } from "./wrong-fields";

export function ServiceSettings({ name, ...sources }: SourceChoice & { name: string }) {
  const service = useService(name);
  const can = useCan();
  if (!service) return null;
  const owner = { ownerId: service.owner.id };
  return (
    <>
      <SettingsForm service={service} sources={sources} isReadOnly={!can("service:update", owner)} />
      {can("service:delete", owner) && <RemoveService service={service} />}
    </>
  );
}

/** Begun from what is saved; what others save meanwhile does not overwrite what is being typed. */
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
  const [draft, setDraft] = useState<ServiceDraft>(() => draftOf(service));
  const change = useChangeService(service.name);
  const set = (changed: Partial<ServiceDraft>) => setDraft((current) => ({ ...current, ...changed }));
  const upload = useUpload(({ id }) => set({ uploadId: id }));
  const parts = { draft, set, error: change.error };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending || upload.isUnderWay || isReadOnly) return;
    change.mutate(bodyOf(draft), {
      onSuccess: (saved) => {
        setDraft(draftOf(saved));
        toast.succeeded(t("saved"));
      },
    });
  };
  return (
    <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 @lg/page:px-6">
      <fieldset disabled={isReadOnly} className="min-w-0">
        <FormSection title={t("what")}>
          <SourceField {...parts} {...sources} upload={upload} isReadOnly={isReadOnly} />
        </FormSection>
        <FormSection title={t("how")}>
          <DriverChoice {...parts} />
          <Field label={t("target")} hint={t("targetStays")}>
            <Input value={service.target.name} readOnly disabled />
          </Field>
          <DriverSettings {...parts} />
          <VolumeFields {...parts} />
        </FormSection>
        <FormSection title={t("health")}>
          <ReachFields {...parts} />
          <HealthFields {...parts} />
        </FormSection>
        <FormSection title={t("address")}>
          <RegistryFields {...parts} />
        </FormSection>
        {!isReadOnly && (
          <footer className="flex flex-col gap-4 border-t pt-5">
            <WrongFields error={change.error} />
            <div className="flex flex-wrap items-center justify-end gap-3">
              <p className="text-faint text-sm">{upload.isUnderWay ? waits : t("nextDeployment")}</p>
              <Button type="submit" variant="primary" busy={change.isPending} disabled={upload.isUnderWay}>
                {t("save")}
              </Button>
            </div>
          </footer>
        )}
      </fieldset>
    </form>
  );
}
