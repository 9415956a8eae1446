import { createTranslator } from "use-intl/core";
import type { FieldFinding } from "@/lib/contracts/field-findings";
import { causeLineOf, PROBLEMS, type ProblemData } from "@/lib/contracts/problem";
import { fields, problems } from "@/lib/platform/i18n/messages/en.json";

/* The console's own sentences in English, for what reaches a terminal as a code. */

const t = createTranslator({ locale: "en", messages: { fields, problems }, onError: () => {} });

/** A problem as one line: the sentence, and the line of output that names the cause. */
export function lineOfProblem(problem: Pick<ProblemData, "code" | "params" | "detail">): string {
  const cause = causeLineOf(problem);
  const sentence = t(`problems.${problem.code}`, problem.params);
  return cause === undefined || sentence.includes(cause) ? sentence : `${sentence} ${cause}`;
}

/** The sentence of an invalid field, as the API says it too. */
export function sentenceOfField({ code, params = {}, fallback }: Omit<FieldFinding, "path">): string {
  const key = `${Object.hasOwn(PROBLEMS, code) ? "problems" : "fields"}.${code}` as Parameters<typeof t.has>[0];
  return t.has(key) ? t(key, params) : (fallback ?? code);
}
