import { createTranslator } from "next-intl";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import messages from "@/lib/platform/i18n/messages/en.json";
import { sentenceOf } from "../console/run-helper";

const t = createTranslator({ locale: "en", messages });

/** A problem for the terminal: the sentence that the console shows too, and the error output. */
export function sentenceOfProblem({ code, params, detail }: Pick<ProblemData, "code" | "params" | "detail">): string {
  const sentence = t(`problems.${code}` as "problems.internal", params);
  return detail ? `${sentence}\n${detail}` : sentence;
}

export function sentenceOfError(error: unknown): string {
  if (!(error instanceof Problem) || error.code === "cannot-start") return sentenceOf(error);
  return sentenceOfProblem({
    code: error.code,
    params: error.params,
    ...(error.detail ? { detail: error.detail } : {}),
  });
}
