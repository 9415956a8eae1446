import { expect, test } from "vitest";
import ar from "@/lib/i18n/messages/ar.json";
import en from "@/lib/i18n/messages/en.json";
import nl from "@/lib/i18n/messages/nl.json";
import { CATALOGUE, OFFERED_DRIVERS, type SettingField, settingFieldsOf } from "./catalogue";
import { ProcessSettings } from "./process/settings";

const schemas = { process: ProcessSettings };

test.each(OFFERED_DRIVERS)("the form of %s asks for everything its schema takes", (driver) => {
  expect(settingFieldsOf(driver).map(({ name }) => name)).toEqual(Object.keys(schemas[driver].shape));
});

test.each(OFFERED_DRIVERS)("every choice of %s is one its schema takes", (driver) => {
  const fields: readonly SettingField[] = CATALOGUE[driver];
  for (const { name, options = [] } of fields)
    for (const option of options)
      expect(schemas[driver].safeParse({ [name]: option }).success, `${name} ${option}`).toBe(true);
});

test.each(OFFERED_DRIVERS)("every setting of %s has a label in every language", (driver) => {
  for (const messages of [en, nl, ar])
    expect(Object.keys(messages.driverSettings[driver])).toEqual(
      expect.arrayContaining(CATALOGUE[driver].map(({ name }) => name)),
    );
});

test("a driver that is not offered has no form", () => {
  expect(settingFieldsOf("dokploy")).toEqual([]);
});
