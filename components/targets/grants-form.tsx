import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useState } from "react";
import { fieldSentencesUnder } from "@/components/api/problem-sentence";
import { imageRegistryQueries } from "@/components/sources/queries";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, FormProblem } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { userQueries } from "@/components/users/queries";
import { AUDIENCES, type Audience } from "@/lib/contracts/grants";
import type { DriverKind } from "@/lib/contracts/service";
import type { TargetView } from "@/lib/contracts/target";
import { Choice } from "./choice";
import { type GrantsDraft, grantsBody, grantsDraft } from "./grants-draft";
import { useChangeTarget } from "./queries";

const HOST_DRIVERS = ["process", "docker", "systemd"] as const satisfies DriverKind[];

export function GrantsForm({ target, onDone }: { target: TargetView; onDone: () => void }) {
  const t = useTranslations("targets.grants");
  const common = useTranslations("common");
  const [draft, setDraft] = useState<GrantsDraft>(() => grantsDraft(target.grants));
  const change = useChangeTarget(target.name);
  const set = (changed: Partial<GrantsDraft>) => setDraft((current) => ({ ...current, ...changed }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { grants: grantsBody(draft, target.kind) },
      {
        onSuccess: () => {
          toast.succeeded(t("saved", { name: target.name }));
          onDone();
        },
      },
    );
  };
  const options = AUDIENCES.map((value) => ({ value, title: t(`${value}.title`), text: t(`${value}.text`) }));
  const parts = { draft, set, error: change.error };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <Choice<Audience>
        label={t("title")}
        options={options}
        value={draft.audience}
        onChange={(audience) => set({ audience })}
      />
      {draft.audience === "people" && <People {...parts} />}
      {draft.audience !== "administrators" && target.kind !== "dokploy" && <HostChoices {...parts} />}
      {draft.audience !== "administrators" && target.kind === "dokploy" && (
        <p className="text-muted text-sm">{t("templatesOnly")}</p>
      )}
      <FormProblem error={change.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={onDone}>
          {common("cancel")}
        </Button>
        <Button type="submit" variant="primary" busy={change.isPending}>
          {common("save")}
        </Button>
      </div>
    </form>
  );
}

interface Parts {
  draft: GrantsDraft;
  set: (change: Partial<GrantsDraft>) => void;
  error: Error | null;
}

function People({ draft, set, error }: Parts) {
  const t = useTranslations("targets.grants");
  const query = useQuery(userQueries.everybody());
  const members = query.data?.filter(({ role, disabledAt }) => role === "member" && disabledAt === null) ?? [];
  return (
    <Group label={t("who")} error={sentenceUnder(error, "people")}>
      {members.map(({ id, name, email }) => (
        <Box
          key={id}
          checked={draft.people.includes(id)}
          onChange={(isOn) => set({ people: toggled(draft.people, id, isOn) })}
        >
          <bdi>{name}</bdi> <span className="text-muted">{email}</span>
        </Box>
      ))}
      {query.isSuccess && members.length === 0 && <p className="text-muted text-sm">{t("noMembers")}</p>}
    </Group>
  );
}

function HostChoices({ draft, set, error }: Parts) {
  const t = useTranslations("targets.grants");
  const registries = useQuery(imageRegistryQueries.list()).data ?? [];
  const wrong = (field: keyof GrantsDraft) => sentenceUnder(error, field);
  const typed = (field: "networks" | "users" | "ports") => (
    <Field label={t(field)} hint={t(`${field}Hint`)} error={wrong(field)}>
      <Input
        dir="ltr"
        className="figures"
        value={draft[field]}
        onChange={(event) => set({ [field]: event.target.value })}
        autoComplete="off"
        spellCheck={false}
      />
    </Field>
  );
  return (
    <>
      <h3 className="border-t pt-4 font-medium">{t("choices")}</h3>
      <Group label={t("drivers")} error={wrong("drivers")}>
        {HOST_DRIVERS.map((driver) => (
          <Box
            key={driver}
            checked={draft.drivers.includes(driver)}
            onChange={(isOn) => set({ drivers: toggled(draft.drivers, driver, isOn) })}
          >
            <span className="font-mono text-sm">{driver}</span>
          </Box>
        ))}
      </Group>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,16rem),1fr))] gap-4">
        {typed("networks")}
        {typed("users")}
        {typed("ports")}
      </div>
      <Group label={t("registries")} error={wrong("registries")}>
        {registries.map(({ id, host }) => (
          <Box
            key={id}
            checked={draft.registries.includes(host)}
            onChange={(isOn) => set({ registries: toggled(draft.registries, host, isOn) })}
          >
            <span dir="ltr" className="font-mono text-sm">
              {host}
            </span>
          </Box>
        ))}
        {registries.length === 0 && <p className="text-muted text-sm">{t("noRegistries")}</p>}
      </Group>
      <Field label={t("sourceRoots")} hint={t("sourceRootsHint")} error={wrong("sourceRoots")}>
        <Textarea
          dir="ltr"
          rows={2}
          className="figures"
          value={draft.sourceRoots}
          onChange={(event) => set({ sourceRoots: event.target.value })}
          spellCheck={false}
        />
      </Field>
    </>
  );
}

function Group({ label, error, children }: { label: string; error: string | undefined; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 font-medium text-sm">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">{children}</div>
      {error && (
        <p role="alert" className="text-failed text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface BoxProps {
  checked: boolean;
  onChange: (isOn: boolean) => void;
  children: ReactNode;
}

function Box({ checked, onChange, children }: BoxProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is a button, which a label may name
    <label className="flex min-w-0 items-center gap-2">
      <Checkbox checked={checked} onCheckedChange={(isOn) => onChange(isOn === true)} />
      <span className="min-w-0 break-words">{children}</span>
    </label>
  );
}

/** Of the list or of one of its entries. */
function sentenceUnder(error: unknown, field: keyof GrantsDraft): string | undefined {
  return fieldSentencesUnder(error, "grants", field)[0]?.message;
}

function toggled<Value>(values: readonly Value[], value: Value, isOn: boolean): Value[] {
  return isOn ? [...values, value] : values.filter((one) => one !== value);
}
