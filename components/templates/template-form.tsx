"use client";

import { useQuery } from "@tanstack/react-query";
import { Trash2, Undo2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useController, useWatch } from "react-hook-form";
import { Field } from "@/components/forms/field";
import { FormSection } from "@/components/forms/form-section";
import { Form, useContractForm, useCurrentForm } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { VariableRows } from "@/components/services/variable-rows";
import { repeatedNames } from "@/components/services/variables";
import { VolumeRows } from "@/components/services/volume-rows";
import { targetQueries } from "@/components/targets/queries";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { ltr } from "@/components/ui/quantities";
import { toast } from "@/components/ui/toast";
import { NewTemplate, TemplateChange, type TemplateView } from "@/lib/contracts/template";
import { useChangeTemplate, useCreateTemplate } from "./queries";
import { emptyTemplate, prepareChange, prepareNew, type TemplateValues, valuesOfTemplate } from "./template-values";

/** One page, one answer: all errors are shown together, and the typed values stay. */
export function TemplateForm({ template }: { template?: TemplateView }) {
  const t = useTranslations();
  const router = useRouter();
  const { form, isBusy } = useTemplateForm(template);
  return (
    <Form form={form}>
      <FormSection title={t("templateForm.what")}>
        {!template && (
          <Field
            autoFocus
            name="name"
            label={t("templateForm.name")}
            hint={t("templateForm.nameHint")}
            placeholder="workspace"
          />
        )}
        <Field
          name="description"
          as="prose"
          label={t("templateForm.descriptionField")}
          optional={t("common.optional")}
          hint={t("templateForm.descriptionHint")}
        />
        <Field
          name="image"
          label={t("templateForm.image")}
          hint={t("templateForm.imageHint")}
          placeholder="ghcr.io/acme/workspace:1.4"
        />
      </FormSection>
      <FormSection title={t("templateForm.where")} text={t("templateForm.whereText")}>
        <AddressFields />
      </FormSection>
      <FormSection title={t("templateForm.how")}>
        <RunFields />
      </FormSection>
      <FormSection title={t("templateForm.volumes")} text={t("templateForm.volumesText", { name: "{name}" })}>
        <VolumeRows placeholders={["workspace-{name}", "/workspace"]} />
      </FormSection>
      <FormSection title={t("templateForm.environment")} text={t("templateForm.environmentText")}>
        <StoredVariables names={template?.environment ?? []} />
        <VariableRows path={template ? "environment.set" : "environment"} />
      </FormSection>
      <footer className="flex flex-col gap-4 border-t pt-5">
        <WrongFields />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="ghost" onClick={() => router.back()}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            {t(template ? "common.save" : "templateForm.create")}
          </Button>
        </div>
      </footer>
    </Form>
  );
}

function useTemplateForm(template: TemplateView | undefined) {
  const t = useTranslations("templateForm");
  const router = useRouter();
  const create = useCreateTemplate();
  const change = useChangeTemplate(template?.name ?? "");
  const request = template ? change : create;
  // Until the page has changed, a second press must not save it again.
  const isBusy = request.isPending || request.isSuccess;
  const onSuccess = ({ name }: TemplateView) => {
    toast.succeeded(t(template ? "saved" : "created", { name }));
    router.push("/templates");
  };
  const form = useContractForm<TemplateValues>(template ? TemplateChange : NewTemplate, {
    defaults: () => (template ? valuesOfTemplate(template) : emptyTemplate),
    prepare: template ? prepareChange : prepareNew,
    maySubmit: ({ variables }) => !isBusy && repeatedNames(variables).size === 0,
    submit: (body, answer) => request.mutate(body, { ...answer, onSuccess }),
  });
  return { form, isBusy };
}

const EXAMPLE = "apps.example.com";

/** The address of its stacks, and the server that runs them. */
function AddressFields() {
  const t = useTranslations("templateForm");
  const { control } = useCurrentForm<TemplateValues>();
  const suffix = useWatch({ control, name: "domainSuffix" }).trim() || EXAMPLE;
  return (
    <>
      <Field
        name="domainSuffix"
        label={t("domainSuffix")}
        hint={t("domainSuffixHint", { suffix })}
        placeholder={EXAMPLE}
      />
      <Field name="https" label={ltr(t("https"))} hint={t("httpsHint")} />
      <TargetField />
    </>
  );
}

function TargetField() {
  const t = useTranslations("templateForm");
  const { control } = useCurrentForm<TemplateValues>();
  const target = useWatch({ control, name: "target" });
  const query = useQuery(targetQueries.list());
  const names = (query.data ?? []).filter(({ kind }) => kind === "dokploy").map(({ name }) => name);
  const offered = target === "" || names.includes(target) ? names : [target, ...names];
  const hint = t.rich("noTargets", {
    link: (text) => (
      <Link href="/targets/new?kind=dokploy" className="text-accent-text underline underline-offset-4">
        {text}
      </Link>
    ),
  });
  return (
    <Field
      name="target"
      label={t("target")}
      hint={query.data && names.length === 0 ? hint : undefined}
      options={[{ value: "", title: t("firstTarget") }, ...offered.map((name) => ({ value: name, title: name }))]}
    />
  );
}

/** How its container runs, and how its health is checked. */
function RunFields() {
  const t = useTranslations("templateForm");
  return (
    <div className="grid gap-4 @lg/page:grid-cols-2">
      <Field name="port" label={t("port")} hint={t("portHint")} placeholder="8080" />
      <Field name="healthPath" label={t("healthPath")} hint={t("healthPathHint")} placeholder="/health" />
      <Field
        className="sm:col-span-2"
        name="healthCommand"
        label={t("healthCommand")}
        hint={t("healthCommandHint")}
        optional={t("healthCommandOptional")}
        placeholder="curl -fsS localhost:8080/health"
      />
      <Field name="limits.memoryMb" label={t("memoryMb")} optional={t("memoryUnit")} placeholder="2048" />
      <Field name="limits.cpus" label={t("cpus")} optional={t("cpusUnit")} placeholder="1.5" />
    </div>
  );
}

/** Variables that are stored: each is kept or removed; no value is ever shown. */
function StoredVariables({ names }: { names: readonly string[] }) {
  const t = useTranslations("templateForm");
  const { control } = useCurrentForm<TemplateValues>();
  const { field } = useController({ control, name: "unset" });
  const unset: readonly string[] = field.value;
  if (names.length === 0) return null;
  const toggle = (name: string) =>
    field.onChange(unset.includes(name) ? unset.filter((other) => other !== name) : [...unset, name]);
  return (
    <div className="flex flex-col gap-2">
      <ul className="divide-y rounded-md border">
        {names.map((name) => {
          const isRemoved = unset.includes(name);
          return (
            <li key={name} className="flex flex-wrap items-center gap-x-3 py-1 ps-3 pe-1">
              <span
                dir="ltr"
                className={cn("figures min-w-0 flex-1 break-all rtl:text-end", isRemoved && "line-through")}
              >
                {name}
              </span>
              <span className={isRemoved ? "text-failed text-sm" : "text-faint text-sm"}>
                {t(isRemoved ? "goesAway" : "isSet")}
              </span>
              <Button
                variant="ghost"
                size="icon"
                aria-label={t(isRemoved ? "keepNamed" : "removeNamed", { name })}
                onClick={() => toggle(name)}
              >
                {isRemoved ? <Undo2 aria-hidden className="rtl:-scale-x-100" /> : <Trash2 aria-hidden />}
              </Button>
            </li>
          );
        })}
      </ul>
      <p className="text-faint text-sm">{t("change")}</p>
    </div>
  );
}
