import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useWatch } from "react-hook-form";
import { Choice } from "@/components/forms/choice";
import { Field } from "@/components/forms/field";
import { useCurrentForm, useWrong, useWrongs } from "@/components/forms/use-contract-form";
import { targetQueries } from "@/components/targets/queries";
import { Fold } from "@/components/ui/fold";
import {
  type CATALOGUE,
  isOfCommands,
  isOffered,
  OFFERED_DRIVERS,
  type OfferedDriver,
  type SettingField,
  settingFieldsOf,
} from "@/lib/drivers/catalogue";
import { ProcessRows } from "./process-rows";
import { type ServiceValues, withDriver } from "./service-values";
import { grantedValues, useGranted } from "./target-field";
import { unfitnessOf } from "./target-fit";

/** The driver, described by what it does. */
export function DriverChoice() {
  const t = useTranslations();
  const { control, setValue, getValues } = useCurrentForm<ServiceValues>();
  const [chosen, target, kind] = useWatch({ control, name: ["driver", "target", "source.kind"] });
  const wrong = useWrong("driver");
  const granted = useGranted(target);
  const targets = useQuery(targetQueries.list()).data;
  const isWithheld = (driver: OfferedDriver) =>
    granted !== null && (driver === "dokploy" || !granted.drivers.includes(driver));
  /** Until the targets are known, every driver is selectable. */
  const isPossible = (driver: OfferedDriver) =>
    driver === chosen || (targets?.some((one) => !unfitnessOf(one, driver)) ?? true);
  const textOf = (driver: OfferedDriver) => {
    if (isWithheld(driver)) return t(driver === "dokploy" ? "targets.grants.templatesOnly" : "serviceForm.notGranted");
    return t(isPossible(driver) ? `driverSettings.${driver}.text` : "serviceForm.driverUnfit");
  };
  const choose = (driver: OfferedDriver) => {
    const next = withDriver({ kind }, driver);
    setValue("driver", next.driver, { shouldDirty: true });
    setValue("source", { ...getValues("source"), kind: next.kind });
  };
  return (
    <div className="flex flex-col gap-1.5">
      <Choice
        label={t("serviceForm.driver")}
        value={isOffered(chosen) ? chosen : "process"}
        onChange={choose}
        options={OFFERED_DRIVERS.map((driver) => ({
          value: driver,
          title: t(`driverSettings.${driver}.title`),
          text: textOf(driver),
          disabled: isWithheld(driver) || !isPossible(driver),
        }))}
      />
      {wrong && (
        <p role="alert" className="text-failed text-sm">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** The settings that most services need; all others have defaults that suit them. */
const OFTEN_CHANGED: readonly string[] = ["start", "dockerfile", "containerPort", "https"];

/** Draws the settings that the driver has with this source; the rest is collapsed unless a field in it is invalid. */
export function DriverSettings() {
  const t = useTranslations("serviceForm");
  const settings = useTranslations("driverSettings");
  const { control } = useCurrentForm<ServiceValues>();
  const [driver, kind, processes] = useWatch({ control, name: ["driver", "source.kind", "processes"] });
  const wrongs = useWrongs("settings");
  if (!isOffered(driver)) return null;
  const fields = settingFieldsOf(driver, kind);
  const isShown = ({ name, input }: SettingField) =>
    OFTEN_CHANGED.includes(name) || (name === "build" && input === "code");
  const ofProcesses = fields.filter(({ input }) => input === "processes");
  const rest = fields.filter((field) => !isShown(field) && !isOfCommands(field) && !ofProcesses.includes(field));
  const commands = fields.filter(isOfCommands);
  const isAnyWrong = (some: readonly SettingField[]) =>
    some.some(({ name: setting }) => wrongs.some(({ name }) => `${name}.`.startsWith(`settings.${setting}.`)));
  const draw = (field: SettingField) => <Setting key={field.name} driver={driver} field={field} />;
  return (
    <>
      <div className="grid gap-4 @lg/page:grid-cols-2">{fields.filter(isShown).map(draw)}</div>
      {commands.length > 0 && (
        <Fold title={t("commands")} isWrong={isAnyWrong(commands)}>
          <div className="grid gap-4 @lg/page:grid-cols-2">{commands.map(draw)}</div>
        </Fold>
      )}
      {ofProcesses.length > 0 && driver !== "dokploy" && (
        <Fold
          title={settings(`${driver}.processes.label`)}
          isWrong={isAnyWrong(ofProcesses)}
          defaultOpen={processes.length > 0}
        >
          <p className="text-pretty text-muted text-sm">{settings(`${driver}.processes.hint`)}</p>
          <ProcessRows />
        </Fold>
      )}
      <Fold title={t("moreSettings")} isWrong={isAnyWrong(rest)}>
        <div className="grid gap-4 @lg/page:grid-cols-2">{rest.map(draw)}</div>
      </Fold>
    </>
  );
}

type SettingMessage = { [D in OfferedDriver]: `${D}.${(typeof CATALOGUE)[D][number]["name"]}` }[OfferedDriver];

function Setting({ driver, field }: { driver: OfferedDriver; field: SettingField }) {
  const t = useTranslations("driverSettings");
  const common = useTranslations("common");
  const notGranted = useTranslations("serviceForm")("notGranted");
  const { control } = useCurrentForm<ServiceValues>();
  const [target, settings] = useWatch({ control, name: ["target", "settings"] });
  const { name, input, options, placeholder } = field;
  const message = `${driver}.${name}` as SettingMessage;
  const values = grantedValues(useGranted(target), driver, field);
  const value = settings[name] ?? "";
  // An earlier choice stays visible.
  const granted = values && [...values, ...(value === "" || values.includes(value) ? [] : [value])];
  const choices = granted
    ? [{ value: "", title: common("none") }, ...granted.map((one) => ({ value: one, title: one }))]
    : options?.map((one) => ({ value: one, title: t(`${message}.${one}` as Parameters<typeof t>[0]) }));
  return (
    <Field
      name={`settings.${name}`}
      as={input === "integer" || input === "decimal" ? input : undefined}
      options={choices}
      disabled={granted?.length === 0}
      label={t(`${message}.label`)}
      optional={options ? undefined : common("optional")}
      hint={granted?.length === 0 ? notGranted : t(`${message}.hint`)}
      placeholder={placeholder}
      className={input === "code" ? "@lg/page:col-span-2" : undefined}
    />
  );
}
