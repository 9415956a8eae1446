"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { ROLES } from "@/lib/contracts/user";
import type { useMakeToken } from "./queries";
import { ScopeFields, type TokenScopeDraft } from "./scope-fields";

const EVERYTHING: TokenScopeDraft = { services: [], targets: [], deployOnly: false };
const EXPIRIES_DAYS = [7, 30, 90, 365] as const;

interface Props {
  make: ReturnType<typeof useMakeToken>;
  onCancel: () => void;
}

export function TokenForm({ make, onCancel }: Props) {
  const t = useTranslations();
  const { role: mostAllowed } = useViewer();
  const roles = ROLES.slice(ROLES.indexOf(mostAllowed));
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>(mostAllowed);
  const [expiresInDays, setExpiresInDays] = useState<number | null>(90);
  const [scope, setScope] = useState(EVERYTHING);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!make.isPending) make.mutate({ name, role, expiresInDays, ...scope });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field label={t("tokens.name")} hint={t("tokens.nameHint")} error={fieldSentence(make.error, "name")}>
        <Input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" autoFocus />
      </Field>
      <div className="grid gap-4 @lg/page:grid-cols-2">
        <Field label={t("tokens.role")} error={fieldSentence(make.error, "role")}>
          <Select value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map((option) => (
              <option key={option} value={option}>
                {t(`roles.${option}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("tokens.expires")} error={fieldSentence(make.error, "expiresInDays")}>
          <Select
            value={expiresInDays ?? ""}
            onChange={(event) => setExpiresInDays(Number(event.target.value) || null)}
          >
            {EXPIRIES_DAYS.map((days) => (
              <option key={days} value={days}>
                {t("tokens.inDays", { days })}
              </option>
            ))}
            <option value="">{t("tokens.never")}</option>
          </Select>
        </Field>
      </div>
      <p className="text-faint text-sm">
        {t(`tokens.roleMeans.${role === "admin" || role === "member" ? role : "viewer"}`)}
      </p>
      <ScopeFields scope={scope} onChange={setScope} error={make.error} />
      <FormProblem error={make.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={make.isPending}>
          {t("tokens.make")}
        </Button>
      </div>
    </form>
  );
}
