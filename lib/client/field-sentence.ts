import { ApiProblem } from "./api-problem";

type Path = readonly (string | number)[];

/** What is wrong with one field of a form that was refused, in the reader's language. */
export function fieldSentence(error: unknown, ...path: Path): string | undefined {
  return fieldsOf(error).find((field) => isSame(field.path, path))?.message;
}

/** Sentences of fields at or below a path: of a list whose rows show their own errors, or of a part that has no controls. */
export function fieldSentencesUnder(error: unknown, ...path: Path): { path: Path; message: string }[] {
  return fieldsOf(error).filter((field) => isSame(field.path.slice(0, path.length), path));
}

function fieldsOf(error: unknown) {
  return error instanceof ApiProblem ? error.fields : [];
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((part, index) => String(part) === String(b[index]));
}
