"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, ShieldCheck, Users } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useController, useWatch } from "react-hook-form";
import { Choice } from "@/components/forms/choice";
import { Field } from "@/components/forms/field";
import { Form, useContractForm, useCurrentForm, useWrong } from "@/components/forms/use-contract-form";
import { useCan, useViewer } from "@/components/layout/viewer";
import { imageRegistryQueries } from "@/components/sources/queries";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { FormProblem } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { userQueries } from "@/components/users/queries";
import { AUDIENCES, type Audience, GrantsChange } from "@/lib/contracts/grants";
import type { DriverKind } from "@/lib/contracts/service";
import type { TargetView } from "@/lib/contracts/target";
import { carries, TARGET_KIND_FACTS } from "@/lib/contracts/target-kind";
import { Fact } from "./fact";
import { type GrantsValues, prepareGrants, valuesOfGrants } from "./grants-values";
import { TARGET_KINDS } from "./kinds";
import { useChangeTarget } from "./queries";

/** Who may deploy to a target and what members may choose there; an administrator changes it in place. */
export function WhoMayDeploy({ target }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  const may = useCan();
  const [isEdited, setEdited] = useState(false);
  const change = may("target:write") && !isEdited && (
    <Button size="sm" onClick={() => setEdited(true)}>
      {t("change")}
    </Button>
  );
  return (
    <Card title={t("title")} actions={change}>
      {isEdited ? <GrantsForm target={target} onDone={() => setEdited(false)} /> : <Granted target={target} />}
    </Card>
  );
}

const ICONS = { administrators: ShieldCheck, people: KeyRound, everyone: Users } as const satisfies Record<
  Audience,
  unknown
>;

function Granted({ target }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  const viewer = useViewer();
  const may = useCan();
  const { audience, people } = target.grants;
  const Icon = ICONS[audience];
  const isMember = viewer.role === "member";
  return (
    <div className="flex flex-col gap-4">
      <p className="flex items-start gap-2">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span className="text-pretty">
          {isMember ? t(target.mayDeploy ? "youMay" : "youMayNot") : t(`${audience}.text`)}
        </span>
      </p>
      {audience === "people" && may("user:read") && (
        <ul className="flex flex-wrap gap-1.5">
          {people.map(({ id, name }) => (
            <li key={id} className="rounded-full border bg-subtle px-2.5 py-0.5 text-sm">
              <bdi>{name}</bdi>
            </li>
          ))}
          {people.length === 0 && <li className="text-muted text-sm">{t("nobody")}</li>}
        </ul>
      )}
      {audience !== "administrators" && (target.mayDeploy || !isMember) && <Choices target={target} />}
    </div>
  );
}

/** The options that a member's service may use there. */
function Choices({ target: { kind, grants } }: { target: TargetView }) {
  const t = useTranslations("targets.grants");
  if (!TARGET_KINDS[kind].isHost) return <p className="text-muted text-sm">{t("templatesOnly")}</p>;
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,14rem),1fr))] gap-x-6 gap-y-3">
      <Fact label={t("drivers")}>
        {listed(
          grants.drivers.filter((driver) => carries(kind, driver)),
          t("none"),
        )}
      </Fact>
      <Fact label={t("networks")}>{listed(grants.networks, t("ownNetwork"))}</Fact>
      <Fact label={t("users")}>{listed(grants.users, t("ownUser"))}</Fact>
      <Fact label={t("registries")}>{listed(grants.registries, t("none"))}</Fact>
      <Fact label={t("ports")}>{listed(grants.ports, t("none"))}</Fact>
      <Fact label={t("sourceRoots")}>{listed(grants.sourceRoots, t("none"))}</Fact>
    </dl>
  );
}

function listed(values: readonly (string | number)[], none: string): ReactNode {
  return values.length === 0 ? none : <span className="break-words font-mono text-sm">{values.join(", ")}</span>;
}

function GrantsForm({ target, onDone }: { target: TargetView; onDone: () => void }) {
  const t = useTranslations("targets.grants");
  const common = useTranslations("common");
  const change = useChangeTarget(target.name);
  const isHost = TARGET_KINDS[target.kind].isHost;
  const form = useContractForm<GrantsValues>(GrantsChange, {
    defaults: () => valuesOfGrants(target.grants),
    prepare: (values) => prepareGrants(values, isHost),
    at: ["grants"],
    maySubmit: () => !change.isPending,
    submit: (grants, answer) => {
      const onSuccess = () => {
        toast.succeeded(t("saved", { name: target.name }));
        onDone();
      };
      change.mutate({ grants }, { ...answer, onSuccess });
    },
  });
  const audience = useWatch({ control: form.control, name: "audience" });
  const options = AUDIENCES.map((value) => ({ value, title: t(`${value}.title`), text: t(`${value}.text`) }));
  return (
    <Form form={form} className="flex flex-col gap-5">
      <Choice<Audience>
        label={t("title")}
        options={options}
        value={audience}
        onChange={(chosen) => form.setValue("audience", chosen)}
      />
      {audience === "people" && <People />}
      {audience !== "administrators" && isHost && <HostChoices drivers={TARGET_KIND_FACTS[target.kind].drivers} />}
      {audience !== "administrators" && !isHost && <p className="text-muted text-sm">{t("templatesOnly")}</p>}
      <FormProblem error={form.problem} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={onDone}>
          {common("cancel")}
        </Button>
        <Button type="submit" variant="primary" busy={change.isPending}>
          {common("save")}
        </Button>
      </div>
    </Form>
  );
}

function People() {
  const t = useTranslations("targets.grants");
  const query = useQuery(userQueries.everybody());
  const members = query.data?.filter(({ role, disabledAt }) => role === "member" && disabledAt === null) ?? [];
  const options = members.map(({ id, name, email }) => ({
    value: id,
    title: (
      <>
        <bdi>{name}</bdi> <span className="text-muted">{email}</span>
      </>
    ),
  }));
  return (
    <Boxes name="people" label={t("who")} options={options}>
      {query.isSuccess && members.length === 0 && <p className="text-muted text-sm">{t("noMembers")}</p>}
    </Boxes>
  );
}

function HostChoices({ drivers }: { drivers: readonly DriverKind[] }) {
  const t = useTranslations("targets.grants");
  const registries = useQuery(imageRegistryQueries.list()).data ?? [];
  const typed = (name: "networks" | "users" | "ports") => <Field name={name} label={t(name)} hint={t(`${name}Hint`)} />;
  return (
    <>
      <h3 className="border-t pt-4 font-medium">{t("choices")}</h3>
      <Boxes name="drivers" label={t("drivers")} options={drivers.map(technical)} />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,16rem),1fr))] gap-4">
        {typed("networks")}
        {typed("users")}
        {typed("ports")}
      </div>
      <Boxes name="registries" label={t("registries")} options={registries.map(({ host }) => technical(host))}>
        {registries.length === 0 && <p className="text-muted text-sm">{t("noRegistries")}</p>}
      </Boxes>
      <Field name="sourceRoots" as="lines" rows={2} label={t("sourceRoots")} hint={t("sourceRootsHint")} />
    </>
  );
}

function technical(value: string) {
  const title = (
    <span dir="ltr" className="font-mono text-sm">
      {value}
    </span>
  );
  return { value, title };
}

interface BoxesProps {
  name: "people" | "drivers" | "registries";
  label: string;
  options: readonly { value: string; title: ReactNode }[];
  children?: ReactNode;
}

/** Several options of a list. An error in one of them is shown at the list. */
function Boxes({ name, label, options, children }: BoxesProps) {
  const { control } = useCurrentForm<GrantsValues>();
  const { field } = useController({ control, name });
  const values: readonly string[] = field.value;
  const wrong = useWrong(name);
  const toggle = (value: string, isOn: boolean) =>
    field.onChange(isOn ? [...values, value] : values.filter((one) => one !== value));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 font-medium text-sm">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {options.map(({ value, title }) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is a button, which a label may name
          <label key={value} className="flex min-w-0 items-center gap-2">
            <Checkbox checked={values.includes(value)} onCheckedChange={(isOn) => toggle(value, isOn === true)} />
            <span className="min-w-0 break-words">{title}</span>
          </label>
        ))}
        {children}
      </div>
      {wrong && (
        <p role="alert" className="text-failed text-sm">
          {wrong}
        </p>
      )}
    </fieldset>
  );
}
