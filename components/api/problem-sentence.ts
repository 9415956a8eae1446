import { useTranslations } from "next-intl";
import type { ProblemData } from "@/lib/contracts/problem";
import { ApiProblem } from "./api";

/** Turns a problem of ours, stored or just received, into a sentence in the reader's language. */
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

type Path = readonly (string | number)[];

/** What is wrong with one field of a refused form, in the reader's language. */
export function fieldSentence(error: unknown, ...path: Path): string | undefined {
  return fieldsOf(error).find((field) => isSame(field.path, path))?.message;
}

/** The sentences of fields at or below a path: for a list whose rows show errors, or a part without controls. */
export function fieldSentencesUnder(error: unknown, ...path: Path): { path: Path; message: string }[] {
  return fieldsOf(error).filter((field) => isSame(field.path.slice(0, path.length), path));
}

function fieldsOf(error: unknown) {
  return error instanceof ApiProblem ? error.fields : [];
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((part, index) => String(part) === String(b[index]));
}
