import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { expect, test } from "vitest";
import { PHASE_KEYS } from "@/lib/contracts/phase";
import { LOCALE_KEYS } from "./locales";
import ar from "./messages/ar.json";
import en from "./messages/en.json";
import nl from "./messages/nl.json";

type Tree = { [key: string]: string | Tree };
const files: Record<(typeof LOCALE_KEYS)[number], Tree> = { en, nl, ar };
const english = flatten(en);

function flatten(tree: Tree, prefix = ""): Map<string, string> {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    const path = prefix ? `${prefix}.${key}` : key;
    return typeof value === "string" ? [[path, value]] : [...flatten(value, path)];
  });
  return new Map(entries);
}

/** Names of the values and tags a message takes, once each. */
function placeholders(elements: MessageFormatElement[]): string[] {
  const names = elements.flatMap((element): string[] => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    const inner =
      "options" in element ? Object.values(element.options).flatMap((option) => placeholders(option.value)) : [];
    const children = element.type === TYPE.tag ? placeholders(element.children) : [];
    return [element.value, ...inner, ...children];
  });
  return [...new Set(names)].sort();
}

test.each(LOCALE_KEYS)("%s has exactly the keys of English", (locale) => {
  expect([...flatten(files[locale]).keys()].sort()).toEqual([...english.keys()].sort());
});

test.each(LOCALE_KEYS)("every message of %s is ICU, not empty, and takes what English takes", (locale) => {
  for (const [key, message] of flatten(files[locale])) {
    expect(message.trim(), key).not.toBe("");
    expect(placeholders(parse(message)), key).toEqual(placeholders(parse(english.get(key) ?? "")));
  }
});

test("every phase has a title", () => {
  for (const key of PHASE_KEYS) expect(english.has(`phases.${key}`), key).toBe(true);
});
