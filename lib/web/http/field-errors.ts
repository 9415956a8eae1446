import type * as z from "zod";
import { type FieldFinding, fieldFindings } from "@/lib/contracts/field-findings";
import type { FieldError } from "@/lib/contracts/problem";
import type { Sentences } from "./sentences";

/** Every wrong field of what was sent, each with a stable code and a sentence in the caller's language. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], input: unknown, sentences: Sentences): FieldError[] {
  return fieldFindings(issues, input).map((finding) => toFieldError(finding, sentences));
}

export function toFieldError({ path, code, params, fallback }: FieldFinding, sentences: Sentences): FieldError {
  const message = sentences.field(code, params) ?? fallback ?? sentences.field("invalid") ?? code;
  return { path, code, message };
}

/** RFC 6901, relative to the body: how tools point into a JSON document. */
export function pointerTo(path: FieldError["path"]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
