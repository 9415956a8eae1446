import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { repeatedNames, type Variable } from "@/components/services/variables";
import { toast } from "@/components/ui/toast";
import type { TemplateView } from "@/lib/contracts/template";
import { useChangeTemplate, useCreateTemplate } from "./queries";
import { bodyOfChange, bodyOfNew, draftOfTemplate, emptyTemplate, type TemplateDraft } from "./template-draft";

/** What is typed, what the last try said of it, and saving it. */
export function useTemplateForm(template: TemplateView | undefined) {
  const t = useTranslations("templateForm");
  const router = useRouter();
  const [draft, setDraft] = useState<TemplateDraft>(() => (template ? draftOfTemplate(template) : emptyTemplate));
  const [variables, setVariables] = useState<Variable[]>([]);
  const create = useCreateTemplate();
  const change = useChangeTemplate(template?.name ?? "");
  const request = template ? change : create;
  const saved = ({ name }: TemplateView) => {
    toast.succeeded(t(template ? "saved" : "created", { name }));
    router.push("/templates");
  };
  const save = () => {
    if (repeatedNames(variables).size > 0) return;
    if (template) change.mutate(bodyOfChange(draft, variables), { onSuccess: saved });
    else create.mutate(bodyOfNew(draft, variables), { onSuccess: saved });
  };
  return {
    draft,
    set: (changed: Partial<TemplateDraft>) => setDraft((current) => ({ ...current, ...changed })),
    variables,
    setVariables,
    error: request.error,
    save,
    // Saved is saved: until the page has changed, a second press must not try again.
    busy: request.isPending || request.isSuccess,
  };
}
