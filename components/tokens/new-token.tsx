"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { ROLES } from "@/lib/contracts/user";
import { useCreateToken } from "./queries";
import { ScopeFields, type TokenScopeDraft } from "./scope-fields";

const EVERYTHING: TokenScopeDraft = { services: [], targets: [], deployOnly: false };
const EXPIRIES_DAYS = [7, 30, 90, 365] as const;

/** The form, then in its place the new token, which is shown only once. */
export function NewToken() {
  const t = useTranslations("tokens");
  const can = useCan();
  const [open, setOpen] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const make = useCreateToken();
  if (!can("token:create")) return null;
  const change = (isOpen: boolean) => {
    setOpen(isOpen);
    setLeaving(false);
    if (isOpen) make.reset();
  };
  /** A token that was not copied is lost: closing asks first. */
  const ask = (isOpen: boolean) => (!isOpen && make.data ? setLeaving(true) : change(isOpen));
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  const made = make.data;
  return (
    <Dialog
      open={open}
      onOpenChange={ask}
      trigger={trigger}
      title={t(made ? "madeTitle" : "newTitle")}
      description={t(made ? "madeText" : "newText")}
    >
      {made ? (
        <CreatedToken token={made.token} isLeaving={isLeaving} onDone={() => change(false)} />
      ) : (
        <TokenForm make={make} onCancel={() => change(false)} />
      )}
    </Dialog>
  );
}

interface Props {
  make: ReturnType<typeof useCreateToken>;
  onCancel: () => void;
}

function TokenForm({ make, onCancel }: Props) {
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

function CreatedToken({ token, isLeaving, onDone }: { token: string; isLeaving: boolean; onDone: () => void }) {
  const t = useTranslations("tokens");
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-1 rounded-md border border-line-strong bg-background py-1.5 ps-3 pe-1.5">
        <code className="figures min-w-0 flex-1 select-all break-all">{token}</code>
        <CopyButton text={token} label={t("copyToken")} />
      </div>
      <pre dir="ltr" className="figures overflow-x-auto rounded-md bg-subtle px-3 py-2.5 text-muted text-sm">
        {`curl -H "Authorization: Bearer ${token.slice(0, 9)}…" \\\n  ${window.location.origin}/api/services`}
      </pre>
      {isLeaving && (
        <p role="alert" className="text-pretty text-warning">
          {t("notCopied")}
        </p>
      )}
      <div className="flex justify-end">
        <Button variant="primary" onClick={onDone}>
          {t("done")}
        </Button>
      </div>
    </div>
  );
}
