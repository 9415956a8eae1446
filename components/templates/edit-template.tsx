"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page, PageHeader } from "@/components/layout/page";
import { FormSkeleton } from "@/components/services/form-skeleton";
import { ErrorPanel } from "@/components/ui/error-panel";
import { templateQueries } from "./queries";
import { RemoveTemplate } from "./remove-template";
import { TemplateCard } from "./template-card";
import { TemplateForm } from "./template-form";

/** What cannot be changed here is shown, with where it comes from. */
export function EditTemplate({ name }: { name: string }) {
  const t = useTranslations("templateForm");
  // What is typed must not be pulled away by a newer answer.
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
