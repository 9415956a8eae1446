import { type Fact, factValues } from "@/lib/contracts/fact";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALES } from "@/lib/contracts/locales";
import { messagesOf } from "./messages";
import { formatBytes, formatShortDuration } from "./quantities";

type Tell = (facts: readonly Fact[]) => string;

const SEPARATORS: Record<Locale, string> = { en: "; ", nl: "; ", ar: "؛ " };
const made = new Map<Locale, Promise<Tell>>();

/** Formats a phase's facts as plain text: in English for `detail` in the API and for the terminal. */
export function tellFactsIn(locale: Locale): Promise<Tell> {
  const tell = made.get(locale) ?? makeTell(locale);
  made.set(locale, tell);
  return tell;
}

/** Loads the translator on first use: a worker never needs it and has little memory. */
async function makeTell(locale: Locale): Promise<Tell> {
  const [{ createTranslator }, messages] = await Promise.all([import("next-intl"), messagesOf(locale)]);
  const { tag } = LOCALES[locale];
  const t = createTranslator({ locale: tag, messages, namespace: "facts" });
  const formats = {
    text: (value: string) => value,
    bytes: (value: number) => formatBytes(value, tag),
    duration: (ms: number) => formatShortDuration(ms, tag),
  };
  return (facts) => facts.map((fact) => t(fact.code, factValues(fact, formats))).join(SEPARATORS[locale]);
}
