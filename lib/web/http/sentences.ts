import { createTranslator } from "next-intl";
import type * as z from "zod";
import { ar, en, nl } from "zod/v4/locales";
import type { DeploymentKind } from "@/lib/contracts/deployment";
import type { Fact } from "@/lib/contracts/fact";
import type { Locale } from "@/lib/contracts/locale";
import { LOCALES } from "@/lib/contracts/locales";
import type { PhaseKey } from "@/lib/contracts/phase";
import { PROBLEMS, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";
import { acceptedLocale, DEFAULT_LOCALE, isLocale, LOCALE_COOKIE } from "@/lib/platform/i18n/locales";
import { messagesOf } from "@/lib/platform/i18n/messages";
import { tellFactsIn } from "@/lib/platform/i18n/tell-facts";
import { log } from "@/lib/platform/log";

const ZOD_SENTENCES: Record<Locale, z.core.$ZodErrorMap> = {
  en: en().localeError,
  nl: nl().localeError,
  ar: ar().localeError,
};

/** Landfall's sentences for one caller, in their language. */
export interface Sentences {
  problem(code: ProblemCode, params: ProblemParams): string;
  /** The sentence of a field code of ours; undefined for an unknown code. */
  field(code: string, params?: ProblemParams): string | undefined;
  /** A phase's title, and its sentence while it runs. */
  phase(key: PhaseKey): { title: string; now: string };
  /** The facts that a phase reported. */
  facts(facts: readonly Fact[]): string;
  /** The result of a stack's deployment. */
  standing(standing: Standing, params: { name: string }): string;
  /** zod's own sentences, where we have none. */
  zod: z.core.$ZodErrorMap;
}

/** Keys under `stackProgress` of the messages. */
type Standing = "queued" | "starting" | "undoing" | "cancelled" | "stuck" | `${"done" | "failed"}.${DeploymentKind}`;

/** The cookie, else the person's choice, else the browser's preference. */
export function localeOf(request: Request, chosen: string | null | undefined): Locale {
  const cookie = new RegExp(`(?:^|;\\s*)${LOCALE_COOKIE}=([a-z-]+)`).exec(request.headers.get("cookie") ?? "")?.[1];
  if (isLocale(cookie)) return cookie;
  if (isLocale(chosen)) return chosen;
  return acceptedLocale(request.headers.get("accept-language")) ?? DEFAULT_LOCALE;
}

/** In the language of the request's sender. */
export function sentencesFor(request: Request, chosen?: string | null): Promise<Sentences> {
  return sentencesIn(localeOf(request, chosen));
}

const made = new Map<Locale, Promise<Sentences>>();

/** Created once per language: every request asks for them, and few need one. */
export function sentencesIn(locale: Locale): Promise<Sentences> {
  const sentences = made.get(locale) ?? makeSentences(locale);
  made.set(locale, sentences);
  return sentences;
}

async function makeSentences(locale: Locale): Promise<Sentences> {
  const t = createTranslator({
    locale: LOCALES[locale].tag,
    messages: await messagesOf(locale),
    onError: (error) => log.warn({ err: error, locale }, "a message could not be made"),
  });
  return {
    problem: (code, params) => t(`problems.${code}`, params),
    field: (code, params) => {
      if (isProblemCode(code)) return t(`problems.${code}`, params ?? {});
      const key = `fields.${code}` as Parameters<typeof t.has>[0];
      return t.has(key) ? t(key, params ?? {}) : undefined;
    },
    phase: (key) => {
      const title = t(`phases.${key}`);
      const now = `stackProgress.now.${key}` as Parameters<typeof t.has>[0];
      return { title, now: t.has(now) ? t(now, {}) : title };
    },
    facts: await tellFactsIn(locale),
    standing: (standing, params) => t(`stackProgress.${standing}`, params),
    zod: ZOD_SENTENCES[locale],
  };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
