import { useTranslations } from "next-intl";
import { RadioGroup } from "radix-ui";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { fieldSentence } from "@/lib/client/field-sentence";
import {
  type CATALOGUE,
  isOffered,
  OFFERED_DRIVERS,
  type OfferedDriver,
  type SettingField,
  settingFieldsOf,
} from "@/lib/drivers/catalogue";
import type { DraftProps } from "./draft-props";
import { withDriver } from "./service-draft";

/** Which driver, in the words of what it does. */
export function DriverChoice({ draft, set, error }: DraftProps) {
  const t = useTranslations();
  const wrong = fieldSentence(error, "driver");
  const choose = (value: string) => {
    const driver = OFFERED_DRIVERS.find((offered) => offered === value);
    if (driver) set(withDriver(draft, driver));
  };
  return (
    <div className="flex flex-col gap-1.5">
      <RadioGroup.Root
        value={draft.driver}
        onValueChange={choose}
        aria-label={t("serviceForm.driver")}
        className="grid gap-2 [&>input]:hidden"
      >
        {OFFERED_DRIVERS.map((driver) => (
          <RadioGroup.Item
            key={driver}
            value={driver}
            className="group flex items-start gap-3 rounded-md border border-line-strong bg-surface px-3 py-2.5 text-start transition-colors hover:border-faint data-[state=checked]:border-accent-text"
          >
            <span
              aria-hidden
              className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent"
            >
              <RadioGroup.Indicator className="size-1.5 rounded-full bg-on-accent" />
            </span>
            <span>
              <span className="block font-medium">{t(`driverSettings.${driver}.title`)}</span>
              <span className="block text-pretty text-muted text-sm">{t(`driverSettings.${driver}.text`)}</span>
            </span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {wrong && (
        <p role="alert" className="text-failed text-sm">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** Draws whatever the driver asks for with this source. */
export function DriverSettings(props: DraftProps) {
  const { driver, sourceKind } = props.draft;
  if (!isOffered(driver)) return null;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {settingFieldsOf(driver, sourceKind).map((field) => (
        <Setting key={field.name} {...props} driver={driver} field={field} />
      ))}
    </div>
  );
}

type SettingMessage = { [D in OfferedDriver]: `${D}.${(typeof CATALOGUE)[D][number]["name"]}` }[OfferedDriver];

function Setting({ draft, set, error, driver, field }: DraftProps & { driver: OfferedDriver; field: SettingField }) {
  const t = useTranslations("driverSettings");
  const common = useTranslations("common");
  const { name, input, options, placeholder } = field;
  const isChoice = input === "choice" || input === "flag";
  const message = `${driver}.${name}` as SettingMessage;
  const value = draft.settings[name] ?? "";
  const change = (text: string) => set({ settings: { ...draft.settings, [name]: text } });
  return (
    <Field
      label={t(`${message}.label`)}
      optional={isChoice ? undefined : common("optional")}
      hint={t(`${message}.hint`)}
      error={fieldSentence(error, "settings", name)}
      className={input === "code" ? "sm:col-span-2" : undefined}
    >
      {isChoice ? (
        <Select value={value || options?.[0]} onChange={(event) => change(event.target.value)}>
          {options?.map((option) => (
            <option key={option} value={option}>
              {t(`${message}.${option}` as Parameters<typeof t>[0])}
            </option>
          ))}
        </Select>
      ) : (
        <Input
          dir="ltr"
          className="figures"
          inputMode={input === "integer" ? "numeric" : input === "decimal" ? "decimal" : undefined}
          value={value}
          onChange={(event) => change(event.target.value)}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
}
