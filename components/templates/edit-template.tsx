"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { FormSkeleton } from "@/components/forms/form-section";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { RemovalSection } from "@/components/layout/removal-section";
import { ErrorPanel } from "@/components/ui/error-panel";
import type { TemplateView } from "@/lib/contracts/template";
import { templateQueries, useRemoveTemplate } from "./queries";
import { TemplateCard } from "./template-card";
import { TemplateForm } from "./template-form";

export function NewTemplate() {
  const t = useTranslations("templateForm");
  return (
    <Page>
      <Crumbs trail={[{ label: t("newTitle") }]} />
      <PageHeader title={t("newTitle")} description={t("newText")} />
      <TemplateForm />
    </Page>
  );
}

/** A template that the environment defines is read-only. */
export function EditTemplate({ name }: { name: string }) {
  const t = useTranslations("templateForm");
  // A newer answer must not replace values that are being typed.
  const query = useQuery({ ...templateQueries.detail(name), refetchOnWindowFocus: false });
  const template = query.data;
  if (!template && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  if (!template) return <FormSkeleton />;
  return (
    <Page>
      <Crumbs trail={[{ label: name }]} />
      {template.readOnly ? (
        <>
          <PageHeader title={<ReadOnlyTitle name={name} />} />
          <TemplateCard template={template} />
        </>
      ) : (
        <>
          <PageHeader title={t("editTitle", { name })} description={t("editText")} />
          <div className="flex flex-col gap-4">
            <TemplateForm key={template.id} template={template} />
            <RemoveTemplate template={template} />
          </div>
        </>
      )}
    </Page>
  );
}

function ReadOnlyTitle({ name }: { name: string }) {
  return (
    <span className="flex items-center gap-2">
      <Lock aria-hidden className="size-4 text-faint" />
      <bdi>{name}</bdi>
    </span>
  );
}

function RemoveTemplate({ template: { name, stacks } }: { template: TemplateView }) {
  const t = useTranslations("templates");
  const router = useRouter();
  return (
    <RemovalSection
      name={name}
      title={t("removeTitle")}
      text={t("removeText")}
      refusal={stacks > 0 ? t("removeRefused", { count: stacks }) : undefined}
      action={t("remove")}
      question={t("removeConfirm", { name })}
      done={t("wasRemoved", { name })}
      removal={useRemoveTemplate(name)}
      onRemoved={() => router.push("/templates")}
    />
  );
}
