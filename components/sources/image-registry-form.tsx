"use client";

import { useTranslations } from "next-intl";
import { Field } from "@/components/forms/field";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { Button } from "@/components/ui/button";
import { FormProblem } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { ImageRegistryChange, type ImageRegistryView, NewImageRegistry } from "@/lib/contracts/image-registry";
import { useSaveImageRegistry } from "./queries";

/** A stored registry keeps its host, and its password unless a new one is typed. */
export function ImageRegistryForm({ registry, onDone }: { registry?: ImageRegistryView; onDone: () => void }) {
  const t = useTranslations("imageRegistries");
  const common = useTranslations("common");
  const save = useSaveImageRegistry(registry?.id);
  const form = useContractForm(registry ? ImageRegistryChange : NewImageRegistry, {
    defaults: () => ({ host: "", username: registry?.username ?? "", password: "" }),
    maySubmit: () => !save.isPending,
    submit: (body, answer) => {
      const onSuccess = ({ host }: ImageRegistryView) => {
        onDone();
        toast.succeeded(t(registry ? "wasChanged" : "wasAdded", { host }));
      };
      save.mutate(body, { ...answer, onSuccess });
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      {!registry && <Field name="host" label={t("host")} hint={t("hostHint")} placeholder="ghcr.io" autoFocus />}
      <Field name="username" label={t("username")} />
      <Field
        name="password"
        as="password"
        label={t("password")}
        hint={t(registry ? "passwordStays" : "passwordHint")}
      />
      <FormProblem error={form.problem} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{common("cancel")}</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {registry ? common("save") : t("add")}
        </Button>
      </div>
    </Form>
  );
}
