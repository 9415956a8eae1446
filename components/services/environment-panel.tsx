"use client";

import { useQuery } from "@tanstack/react-query";
import { Braces, Clock, Info, Plus, Rocket } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useWatch } from "react-hook-form";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Dialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { FormProblem } from "@/components/ui/field";
import { Table, TableHead } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import { EnvironmentChange, type ServiceDetail } from "@/lib/contracts/service";
import { DeployButton } from "./deploy-buttons";
import { EnvironmentRow } from "./environment-row";
import { releaseQueries, serviceQueries, useChangeEnvironment } from "./queries";
import { isChanging } from "./service-status";
import { VariableRows } from "./variable-rows";
import { environmentOf, filledVariables, newVariable, repeatedNames, secretsAmong, type Variable } from "./variables";

/** The variables' names, and who changed them when. A value stays on the server until it is revealed. */
export function EnvironmentPanel({ name }: { name: string }) {
  const t = useTranslations("environment");
  const service = useQuery(serviceQueries.detail(name)).data;
  const current = useQuery(releaseQueries.list(name)).data?.find((release) => release.current);
  const can = useCan();
  if (!service) return null;
  const owner = { ownerId: service.owner.id };
  const mayChange = can("environment:update", owner);
  // A stack's values come from its template.
  const mayReveal = can("environment:reveal", owner) && (service.driver !== "dokploy" || can("template:write"));
  const add = mayChange && <AddVariables service={name} known={service.environment.map((entry) => entry.name)} />;
  const isWaiting = current !== undefined && current.environmentRevision !== service.environmentRevision;
  return (
    <>
      {mayChange && service.environment.length + (current?.environmentRevision ?? 0) > 0 && (
        <NextDeployment service={service} isWaiting={isWaiting} />
      )}
      <Card flush title={t("title")} description={t("text")} actions={add} className="overflow-hidden">
        {service.environment.length === 0 ? (
          <EmptyState icon={Braces} title={t("emptyTitle")} text={t("emptyText")} />
        ) : (
          <Table label={t("title")}>
            <thead>
              <tr>
                <TableHead>{t("name")}</TableHead>
                <TableHead className="w-2/5">{t("value")}</TableHead>
                <TableHead className="@max-3xl/page:hidden">{t("changed")}</TableHead>
                {mayChange && (
                  <TableHead>
                    <span className="sr-only">{t("actions")}</span>
                  </TableHead>
                )}
              </tr>
            </thead>
            <tbody>
              {service.environment.map((entry) => (
                <EnvironmentRow
                  key={`${entry.name} ${entry.revision}`}
                  service={name}
                  entry={entry}
                  mayReveal={mayReveal}
                  mayChange={mayChange}
                />
              ))}
            </tbody>
          </Table>
        )}
      </Card>
    </>
  );
}

/** A change takes effect with the next deployment, which this panel offers. */
function NextDeployment({ service, isWaiting }: { service: ServiceDetail; isWaiting: boolean }) {
  const t = useTranslations("service");
  const mayDeploy = useCan()("deployment:create", { ownerId: service.owner.id }) && !isChanging(service);
  const Icon = isWaiting ? Clock : Info;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border bg-surface px-4 py-2.5",
        isWaiting && "border-s-3 border-s-accent-text",
      )}
    >
      <Icon aria-hidden className={cn("size-4 shrink-0", isWaiting ? "text-accent-text" : "text-faint")} />
      <p className="min-w-0 flex-1 basis-64 text-muted">{t(isWaiting ? "changesWait" : "changesNote")}</p>
      {mayDeploy && isWaiting && (
        <DeployButton service={service.name} size="sm" variant="primary">
          <Rocket aria-hidden />
          {t("deploy")}
        </DeployButton>
      )}
    </div>
  );
}

function AddVariables({ service, known }: { service: string; known: readonly string[] }) {
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
  const form = useContractForm<{ variables: readonly Variable[] }>(EnvironmentChange, {
    defaults: () => ({ variables: [newVariable()] }),
    prepare: ({ variables }) => ({ set: environmentOf(variables), secret: secretsAmong(variables) }),
    maySubmit: ({ variables }) =>
      !change.isPending && filledVariables(variables).length > 0 && repeatedNames(variables).size === 0,
    submit: (body, answer) => {
      const onSuccess = () => {
        onDone();
        toast.succeeded(t("environment.saved"));
      };
      change.mutate(body, { ...answer, onSuccess });
    },
  });
  const filled = filledVariables(useWatch({ control: form.control, name: "variables" }));
  const replaced = filled.filter(({ name }) => known.includes(name.trim()));
  return (
    <Form form={form} className="flex flex-col gap-4">
      <VariableRows path="set" />
      {replaced.length > 0 && (
        <p className="text-sm text-warning">
          {t("environment.replaces", {
            names: replaced.map(({ name }) => name.trim()).join(", "),
            count: replaced.length,
          })}
        </p>
      )}
      <FormProblem error={form.problem} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={filled.length === 0}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}
