"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Field } from "@/components/forms/field";
import { FormSection } from "@/components/forms/form-section";
import { Form, useWrong } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { Button } from "@/components/ui/button";
import { Fold } from "@/components/ui/fold";
import { EndpointMode } from "@/lib/contracts/dokploy";
import { NewDokploy, type TargetView } from "@/lib/contracts/target";
import { type DokployValues, emptyDokploy, suggestedDokployName, valuesOfDokploy } from "./dokploy-values";
import { PreflightResult } from "./preflight";
import { ConcurrencyField } from "./server-form";
import { useTargetForm } from "./use-target-form";

/** A Dokploy server: its address and its API key. A test checks everything that stacks depend on before it is saved. */
export function DokployForm({ target }: { target?: TargetView }) {
  const t = useTranslations();
  const router = useRouter();
  const { form, test, isBusy } = useTargetForm<DokployValues>(target, {
    contract: NewDokploy,
    defaults: () => (target ? valuesOfDokploy(target) : emptyDokploy),
    prepare: (values) => ({ ...values, kind: "dokploy" }),
  });
  /** The address suggests a name until one is typed. */
  const suggestName = () => {
    if (form.getValues("name") === "") form.setValue("name", suggestedDokployName(form.getValues("url")));
  };
  return (
    <Form form={form}>
      <FormSection title={t("dokploy.where")} text={t("dokploy.text")}>
        <Field
          name="url"
          label={t("dokploy.url")}
          hint={t("dokploy.urlHint")}
          onBlur={suggestName}
          inputMode="url"
          placeholder="https://dokploy.example.com"
        />
        <Field name="name" label={t("dokploy.name")} hint={t("dokploy.nameHint")} placeholder="stacks" />
      </FormSection>
      <FormSection title={t("dokploy.access")} text={t("dokploy.accessText")}>
        <Field
          name="apiKey"
          as="password"
          label={t("dokploy.apiKey")}
          hint={t(target ? "dokploy.apiKeyKept" : "dokploy.apiKeyHint")}
        />
      </FormSection>
      <FormSection title={t("dokploy.use")}>
        <UseFields />
      </FormSection>
      <footer className="flex flex-col gap-4 border-t pt-5">
        <PreflightResult check={test.check} />
        <WrongFields />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="ghost" onClick={() => router.back()}>
            {t("common.cancel")}
          </Button>
          <Button busy={test.isBusy} onClick={test.run}>
            {t("dokploy.test")}
          </Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            {t(target ? "common.save" : "dokploy.add")}
          </Button>
        </div>
      </footer>
    </Form>
  );
}

/** The number of concurrent deployments, and the addresses of its stacks. */
function UseFields() {
  const t = useTranslations("dokploy");
  const wrongHttp = useWrong("httpPort");
  const wrongHttps = useWrong("httpsPort");
  const modes = EndpointMode.options.map((value) => ({ value, title: t(`endpointModes.${value}`) }));
  return (
    <>
      <ConcurrencyField className="@lg/page:max-w-60" />
      <Field name="repair" label={t("repair")} hint={t("repairHint")} />
      <Fold title={t("more")} isWrong={Boolean(wrongHttp ?? wrongHttps)}>
        <div>
          <div className="grid gap-4 @lg/page:grid-cols-2">
            <Field name="httpPort" label={t("httpPort")} placeholder="80" />
            <Field name="httpsPort" label={t("httpsPort")} placeholder="443" />
          </div>
          <p className="mt-1.5 text-pretty text-faint text-sm">{t("portsHint")}</p>
        </div>
        <Field
          name="endpointMode"
          label={t("endpointMode")}
          hint={t("endpointModeHint")}
          options={modes}
          className="sm:max-w-96"
        />
      </Fold>
    </>
  );
}
