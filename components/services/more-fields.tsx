import { useTranslations } from "next-intl";
import { fieldSentence, fieldSentencesUnder } from "@/components/api/problem-sentence";
import { Field } from "@/components/ui/field";
import { Fold } from "@/components/ui/fold";
import { Input } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { DraftProps } from "./draft-props";
import { HEALTH_FIELDS, type HealthName, isSeconds } from "./service-draft";

const STANDARD = HealthCheck.parse({});

/** How exactly a new release proves itself. Opens by itself when something in it is wrong. */
export function HealthFields({ draft, set, error }: DraftProps) {
  const t = useTranslations("serviceForm");
  return (
    <Fold title={t("more")} isWrong={fieldSentencesUnder(error, "health").length > 0}>
      <div className="grid gap-4 @lg/page:grid-cols-2">
        {HEALTH_FIELDS.map((name) => (
          <Field
            key={name}
            label={t(`healthFields.${name}`)}
            optional={isSeconds(name) ? t("seconds") : undefined}
            error={fieldSentence(error, "health", name)}
          >
            <Input
              dir="ltr"
              className="figures"
              inputMode="decimal"
              value={draft.health[name] ?? ""}
              onChange={(event) => set({ health: { ...draft.health, [name]: event.target.value } })}
              placeholder={standardOf(name)}
              autoComplete="off"
            />
          </Field>
        ))}
      </div>
    </Fold>
  );
}

function standardOf(name: HealthName): string {
  return String(isSeconds(name) ? STANDARD[name] / 1000 : STANDARD[name]);
}

export function RegistryFields({ draft, set, error }: DraftProps) {
  const t = useTranslations();
  return (
    <Fold
      title={t("serviceForm.domainOptions")}
      isWrong={["domain", "dropletId", "autoRegister"].some((name) => fieldSentence(error, name))}
    >
      <Field
        label={t("serviceForm.domain")}
        optional={t("common.optional")}
        hint={t("serviceForm.domainHint")}
        error={fieldSentence(error, "domain")}
      >
        <Input
          dir="ltr"
          className="figures"
          placeholder="app.example.com"
          value={draft.domain}
          onChange={(event) => set({ domain: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <Field inline label={t("serviceForm.autoRegister")} error={fieldSentence(error, "autoRegister")}>
        <Switch checked={draft.autoRegister} onCheckedChange={(autoRegister) => set({ autoRegister })} />
      </Field>
      {draft.autoRegister && (
        <Field
          label={t("serviceForm.dropletId")}
          optional={t("common.optional")}
          hint={t("serviceForm.dropletIdHint")}
          error={fieldSentence(error, "dropletId")}
          className="@lg/page:max-w-60"
        >
          <Input
            dir="ltr"
            className="figures"
            inputMode="numeric"
            value={draft.dropletId}
            onChange={(event) => set({ dropletId: event.target.value })}
            autoComplete="off"
          />
        </Field>
      )}
    </Fold>
  );
}
