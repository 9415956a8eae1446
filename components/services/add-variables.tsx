"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormProblem } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { useChangeEnvironment } from "./queries";
import { VariableRows } from "./variable-rows";
import { environmentOf, filledVariables, newVariable, repeatedNames, secretsAmong, type Variable } from "./variables";

export function AddVariables({ service, known }: { service: string; known: readonly string[] }) {
  const t = useTranslations("environment");
  const [isOpen, setOpen] = useState(false);
  const trigger = (
    <Button>
      <Plus aria-hidden />
      {t("add")}
    </Button>
  );
  return (
    <Dialog
      wide
      open={isOpen}
      onOpenChange={setOpen}
      trigger={trigger}
      title={t("addTitle")}
      description={t("addText")}
    >
      <AddForm service={service} known={known} onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function AddForm({ service, known, onDone }: { service: string; known: readonly string[]; onDone: () => void }) {
  const t = useTranslations();
  const change = useChangeEnvironment(service);
  const [rows, setRows] = useState<Variable[]>(() => [newVariable()]);
  const filled = filledVariables(rows);
  const replaced = filled.filter(({ name }) => known.includes(name.trim()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending || filled.length === 0 || repeatedNames(rows).size > 0) return;
    change.mutate(
      { set: environmentOf(rows), secret: secretsAmong(rows) },
      {
        onSuccess: () => {
          onDone();
          toast.succeeded(t("environment.saved"));
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <VariableRows rows={rows} onChange={setRows} error={change.error} path={["set"]} />
      {replaced.length > 0 && (
        <p className="text-sm text-warning">
          {t("environment.replaces", {
            names: replaced.map(({ name }) => name.trim()).join(", "),
            count: replaced.length,
          })}
        </p>
      )}
      <FormProblem error={change.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={filled.length === 0}>
          {t("common.save")}
        </Button>
      </div>
    </form>
  );
}
