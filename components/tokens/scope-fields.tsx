"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { allItems } from "@/components/api/paged";
import { fieldSentencesUnder } from "@/components/api/problem-sentence";
import { serviceQueries } from "@/components/services/queries";
import { targetQueries } from "@/components/targets/queries";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import type { TokenDraft } from "./queries";

export type TokenScopeDraft = Pick<TokenDraft, "services" | "targets" | "deployOnly">;
type Kind = "all" | "services" | "targets";

interface Props {
  scope: TokenScopeDraft;
  onChange: (scope: TokenScopeDraft) => void;
  error: unknown;
}

/** The scope of a token: everything, some services or some targets; and whether it only deploys. */
export function ScopeFields({ scope, onChange, error }: Props) {
  const t = useTranslations("tokens");
  const [kind, setKind] = useState<Kind>("all");
  const choose = (next: Kind) => {
    setKind(next);
    onChange({ ...scope, services: [], targets: [] });
  };
  const [wrong] = [...fieldSentencesUnder(error, "services"), ...fieldSentencesUnder(error, "targets")];
  return (
    <>
      <Field label={t("scope")} error={wrong?.message}>
        <Select value={kind} onChange={({ target }) => choose(target.value as Kind)}>
          <option value="all">{t("scopeAll")}</option>
          <option value="services">{t("scopeServices")}</option>
          <option value="targets">{t("scopeTargets")}</option>
        </Select>
      </Field>
      {kind === "services" && (
        <ServiceNames chosen={scope.services} onChange={(services) => onChange({ ...scope, services })} />
      )}
      {kind === "targets" && (
        <TargetNames chosen={scope.targets} onChange={(targets) => onChange({ ...scope, targets })} />
      )}
      <Field inline label={t("deployOnly")} hint={t("deployOnlyHint")}>
        <Checkbox
          checked={scope.deployOnly}
          onCheckedChange={(checked) => onChange({ ...scope, deployOnly: checked === true })}
        />
      </Field>
    </>
  );
}

interface NamesProps {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

function ServiceNames(props: NamesProps) {
  const t = useTranslations("tokens");
  const services = allItems(useInfiniteQuery(serviceQueries.list({}, "name")).data);
  return <Names {...props} label={t("chooseServices")} names={services?.map(({ name }) => name)} />;
}

function TargetNames(props: NamesProps) {
  const t = useTranslations("tokens");
  const { data } = useQuery(targetQueries.list());
  return <Names {...props} label={t("chooseTargets")} names={data?.map(({ name }) => name)} />;
}

function Names({
  label,
  names,
  chosen,
  onChange,
}: NamesProps & { label: string; names: readonly string[] | undefined }) {
  const t = useTranslations("tokens");
  const id = useId();
  const set = (name: string, isChosen: boolean) =>
    onChange(isChosen ? [...chosen, name] : chosen.filter((other) => other !== name));
  return (
    <fieldset aria-busy={names === undefined} className="max-h-40 overflow-y-auto rounded-md border px-3 py-2">
      <legend className="sr-only">{label}</legend>
      {names?.length === 0 && <p className="text-faint text-sm">{t("nothingToChoose")}</p>}
      <ul className="flex flex-col gap-1.5">
        {names?.map((name) => (
          <li key={name} className="flex items-center gap-2.5">
            <Checkbox
              id={`${id}-${name}`}
              checked={chosen.includes(name)}
              onCheckedChange={(checked) => set(name, checked === true)}
            />
            <label htmlFor={`${id}-${name}`}>
              <bdi>{name}</bdi>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
