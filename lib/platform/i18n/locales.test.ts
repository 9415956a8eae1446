import { expect, test } from "vitest";
import { acceptedLocale, isLocale, localeOfTag } from "./locales";

test.each([
  ["nl-NL,nl;q=0.9,en;q=0.8", "nl"],
  ["fr,ar;q=0.4,en;q=0.3", "ar"],
  ["en;q=0.2, nl;q=0.7", "nl"],
  ["fr-FR, de", undefined],
  ["", undefined],
  [null, undefined],
])("Accept-Language %j speaks %s", (header, locale) => {
  expect(acceptedLocale(header)).toBe(locale);
});

test("a tag with a numbering system is still its language", () => {
  expect(localeOfTag("ar-u-nu-latn")).toBe("ar");
  expect(localeOfTag("xx")).toBe("en");
});

test("only our own languages are locales", () => {
  expect(isLocale("nl")).toBe(true);
  expect(isLocale("toString")).toBe(false);
  expect(isLocale(undefined)).toBe(false);
});
