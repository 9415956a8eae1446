import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { expect, test } from "vitest";
import { FACTS } from "@/lib/contracts/fact";
import { LOCALE_KEYS, type Locale } from "@/lib/contracts/locales";
import { PHASE_KEYS } from "@/lib/contracts/phase";
import { messagesOf } from "./messages";

type Tree = { [key: string]: string | Tree };
const read = LOCALE_KEYS.map(async (locale): Promise<[Locale, Tree]> => [locale, await messagesOf(locale)]);
const files = Object.fromEntries(await Promise.all(read)) as Record<Locale, Tree>;
const english = flatten(files.en);

function flatten(tree: Tree, prefix = ""): Map<string, string> {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    const path = prefix ? `${prefix}.${key}` : key;
    return typeof value === "string" ? [[path, value]] : [...flatten(value, path)];
  });
  return new Map(entries);
}

/** The names of a message's values and tags, without duplicates. */
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

test("every fact has a sentence, which takes exactly its values", () => {
  const sentences = flatten(files.en.facts as Tree);
  const taken = [...sentences].map(([code, message]) => [code, placeholders(parse(message))]);
  const values = Object.entries(FACTS).map(([code, kinds]) => [code, Object.keys(kinds).sort()]);
  expect(taken).toEqual(values);
});

/** Operators read these at night: messages use the words of Kubernetes, Docker, GitHub and systemd, not these. */
const DIALECT =
  /\b(some|no|every)body\b|\bwhoever\b|\bsealed\b|\bmend|\bgo(es)? on\b|\bgo(ing)? back\b|\bsmall letters\b|\be-mail\b|\bput back\b|\bas it should be\b/i;

test("English is plain", () => {
  expect([...english].filter(([, message]) => DIALECT.test(message))).toEqual([]);
});

/** A problem names its cause. What is live now depends on the deployment, so the engine reports that. */
const CONSEQUENCES =
  /still serves|served (there )?before|services? keeps? running|runs all the same|stays? live|still live|draait nog|draaide|blij(ft|ven) (live|draaien)|ما زال يعمل|لا يزال يعمل|كان يعمل|تستمر/;

test.each(LOCALE_KEYS)("no problem of %s says what is live", (locale) => {
  const problems = flatten(files[locale].problems as Tree);
  expect([...problems].filter(([, message]) => CONSEQUENCES.test(message))).toEqual([]);
});

test("Dutch has one word for a deployment, for a log and for the audit log", () => {
  const dutch = [...flatten(files.nl)].map(([, message]) => message).join("\n");
  expect(dutch).not.toMatch(/\b[Uu]itrol\b|\b[Ll]ogboek\b|\bhet log\b|\b[Ss]taten\b|[Vv]erzegeld/);
});
