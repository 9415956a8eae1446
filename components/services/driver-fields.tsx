import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { RadioGroup } from "radix-ui";
import { fieldSentence } from "@/components/api/problem-sentence";
import { targetQueries } from "@/components/targets/queries";
import { Field } from "@/components/ui/field";
import { Fold } from "@/components/ui/fold";
import { Input, Select } from "@/components/ui/input";
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
import { unfitnessOf } from "./target-fit";
import { grantedValues, useGranted } from "./use-granted";

/** Which driver, in the words of what it does. */
export function DriverChoice({ draft, set, error }: DraftProps) {
  const t = useTranslations();
  const wrong = fieldSentence(error, "driver");
  const granted = useGranted(draft.target);
  const isWithheld = (driver: OfferedDriver) =>
    granted !== null && (driver === "dokploy" || !granted.drivers.includes(driver));
  const targets = useQuery(targetQueries.list()).data;
  /** Until the targets are known, everything is. */
  const isPossible = (driver: OfferedDriver) =>
    driver === draft.driver || (targets?.some((target) => !unfitnessOf(target, driver)) ?? true);
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
            disabled={isWithheld(driver) || !isPossible(driver)}
            className="group flex items-start gap-3 rounded-md border border-line-strong bg-surface px-3 py-2.5 text-start transition-colors hover:border-faint disabled:cursor-not-allowed disabled:bg-subtle data-[state=checked]:border-accent-text"
          >
            <span
              aria-hidden
              className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent"
            >
              <RadioGroup.Indicator className="size-1.5 rounded-full bg-on-accent" />
            </span>
            <span>
              <span className="block font-medium group-disabled:text-muted">{t(`driverSettings.${driver}.title`)}</span>
              <span className="block text-pretty text-muted text-sm">
                {isWithheld(driver)
                  ? t(driver === "dokploy" ? "targets.grants.templatesOnly" : "serviceForm.notGranted")
                  : t(isPossible(driver) ? `driverSettings.${driver}.text` : "serviceForm.driverUnfit")}
              </span>
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

/** What most services need; everything else has a standard that is right for them. */
const OFTEN_CHANGED: readonly string[] = ["start", "dockerfile", "containerPort", "https"];

/** Draws whatever the driver asks for with this source; the rest is folded, unless something in it is wrong. */
export function DriverSettings(props: DraftProps) {
  const t = useTranslations("serviceForm");
  const { driver, sourceKind } = props.draft;
  if (!isOffered(driver)) return null;
  const fields = settingFieldsOf(driver, sourceKind);
  const isShown = ({ name, input }: SettingField) =>
    OFTEN_CHANGED.includes(name) || (name === "build" && input === "code");
  const rest = fields.filter((field) => !isShown(field));
  const isWrong = rest.some(({ name }) => fieldSentence(props.error, "settings", name));
  const draw = (field: SettingField) => <Setting key={field.name} {...props} driver={driver} field={field} />;
  return (
    <>
      <div className="grid gap-4 @lg/page:grid-cols-2">{fields.filter(isShown).map(draw)}</div>
      <Fold title={t("moreSettings")} isWrong={isWrong}>
        <div className="grid gap-4 @lg/page:grid-cols-2">{rest.map(draw)}</div>
      </Fold>
    </>
  );
}

type SettingMessage = { [D in OfferedDriver]: `${D}.${(typeof CATALOGUE)[D][number]["name"]}` }[OfferedDriver];

function Setting({ draft, set, error, driver, field }: DraftProps & { driver: OfferedDriver; field: SettingField }) {
  const t = useTranslations("driverSettings");
  const common = useTranslations("common");
  const notGranted = useTranslations("serviceForm")("notGranted");
  const { name, input, options } = field;
  const isChoice = input === "choice" || input === "flag";
  const message = `${driver}.${name}` as SettingMessage;
  const value = draft.settings[name] ?? "";
  const values = grantedValues(useGranted(draft.target), driver, field);
  const change = (text: string) => set({ settings: { ...draft.settings, [name]: text } });
  const control = isChoice ? (
    <Select value={value || options?.[0]} onChange={(event) => change(event.target.value)}>
      {options?.map((option) => (
        <option key={option} value={option}>
          {t(`${message}.${option}` as Parameters<typeof t>[0])}
        </option>
      ))}
    </Select>
  ) : values ? (
    <GrantedChoice value={value} values={values} onChange={change} />
  ) : (
    <TypedSetting field={field} value={value} onChange={change} />
  );
  return (
    <Field
      label={t(`${message}.label`)}
      optional={isChoice ? undefined : common("optional")}
      hint={values?.length === 0 ? notGranted : t(`${message}.hint`)}
      error={fieldSentence(error, "settings", name)}
      className={input === "code" ? "@lg/page:col-span-2" : undefined}
    >
      {control}
    </Field>
  );
}

interface TypedProps {
  field: SettingField;
  value: string;
  onChange: (value: string) => void;
}

function TypedSetting({ field: { input, placeholder }, value, onChange, ...wired }: TypedProps) {
  return (
    <Input
      {...wired}
      dir="ltr"
      className="figures"
      inputMode={input === "integer" ? "numeric" : input === "decimal" ? "decimal" : undefined}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

/** None, or one of those the target grants members; what was chosen before stays to be seen. */
function GrantedChoice(props: { value: string; values: readonly string[]; onChange: (value: string) => void }) {
  const { value, values, onChange, ...field } = props;
  const none = useTranslations("common")("none");
  const shown = value === "" || values.includes(value) ? values : [...values, value];
  return (
    <Select {...field} value={value} disabled={shown.length === 0} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {shown.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </Select>
  );
}
