import { useTranslations } from "next-intl";
import type { ProblemData } from "@/lib/contracts/problem";
import { ApiProblem } from "./api-problem";

/** Turns a problem of ours, stored or just answered, into a sentence in the reader's language. */
export function useProblemSentence(): (problem: unknown) => string {
  const t = useTranslations("problems");
  return (problem) => {
    if (problem instanceof ApiProblem) return problem.sentence ?? t(problem.code);
    return isProblemData(problem) ? t(problem.code, problem.params) : t("unexpected");
  };
}

function isProblemData(problem: unknown): problem is ProblemData {
  return typeof problem === "object" && problem !== null && "code" in problem && "params" in problem;
}
