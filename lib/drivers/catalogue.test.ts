import { expect, test } from "vitest";
import { controlAt } from "@/components/forms/contract-values";
import { fieldFindings } from "@/lib/contracts/field-findings";
import { CATALOGUE, OFFERED_DRIVERS, type SettingField, settingFieldsOf } from "./catalogue";
import { DockerSettings } from "./docker/settings";
import { DokploySettings } from "./dokploy/context";
import { ProcessSettings } from "./process/runner";
import { SystemdSettings } from "./systemd/settings";

const schemas = {
  process: ProcessSettings,
  docker: DockerSettings,
  systemd: SystemdSettings,
  dokploy: DokploySettings,
};

test.each(OFFERED_DRIVERS)("the form of %s asks for everything its schema takes", (driver) => {
  expect(settingFieldsOf(driver).map(({ name }) => name)).toEqual(Object.keys(schemas[driver].shape));
});

const CONTROLS = {
  code: "text",
  text: "text",
  integer: "integer",
  decimal: "decimal",
  choice: "select",
  flag: "switch",
  processes: "text",
} as const satisfies Record<SettingField["input"], string>;

test.each(OFFERED_DRIVERS)("the form of %s asks for each setting as its schema takes it", (driver) => {
  const fields: readonly SettingField[] = CATALOGUE[driver];
  for (const { name, input, options = [] } of fields) {
    const asked = controlAt(schemas[driver], [name]);
    expect(asked.control, name).toBe(CONTROLS[input]);
    if (input === "choice") expect(options, name).toEqual(asked.options);
  }
});

test.each(OFFERED_DRIVERS)("every choice of %s is one its schema takes", (driver) => {
  const fields: readonly SettingField[] = CATALOGUE[driver];
  for (const { name, input, options = [] } of fields)
    for (const option of options) {
      const value = input === "flag" ? option === "true" : option;
      expect(schemas[driver].safeParse({ [name]: value }).success, `${name} ${option}`).toBe(true);
    }
});

test.each(OFFERED_DRIVERS)("settings of %s that are not known or not right are refused, never lost", (driver) => {
  for (const settings of [{ comand: "x" }, { memoryMb: 1 }, { bindAddress: "localhost" }])
    expect(schemas[driver].safeParse(settings).success).toBe(false);
});

test.each(OFFERED_DRIVERS)(
  "%s takes the service's own commands where it runs on a host, and refuses each by its name elsewhere",
  (driver) => {
    const settings = { releaseCommand: "a b", beforeSwitch: "c", afterSwitch: "d", commandTimeoutSeconds: 60 };
    const issues = schemas[driver].safeParse(settings).error?.issues ?? [];
    const refused = fieldFindings(issues, settings).map(({ path, code }) => `${path.join(".")} ${code}`);
    const names = Object.keys(settings).map((name) => `${name} unknown-field`);
    expect(refused).toEqual(driver === "dokploy" ? names : []);
    const unfit = { releaseCommand: " ", commandTimeoutSeconds: 0 };
    const found = fieldFindings(schemas[driver].safeParse(unfit).error?.issues ?? [], unfit);
    expect(found.map(({ path }) => path.join("."))).toEqual(Object.keys(unfit));
  },
);
