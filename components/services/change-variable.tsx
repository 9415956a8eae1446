"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useChangeEnvironment } from "./queries";

interface Props {
  service: string;
  name: string;
  onOpenChange: (isOpen: boolean) => void;
}

/** A new value in place of one that stays hidden. */
export function ChangeVariable({ service, name, onOpenChange }: Props) {
  const t = useTranslations();
  const change = useChangeEnvironment(service);
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { set: { [name]: value } },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t("environment.saved"));
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={t("environment.changeTitle", { name })}
      description={t("environment.changeText")}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label={t("environment.newValue")} error={fieldSentence(change.error, "set", name)}>
          <Textarea
            dir="ltr"
            className="figures"
            rows={3}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            autoFocus
          />
        </Field>
        <FormProblem error={change.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
