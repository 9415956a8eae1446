"use client";

import { ApiProblem } from "@/components/api/api";
import { useProblemSentence } from "@/components/api/problem-sentence";

/** Why a form was refused, where its fields do not say it already. */
export function FormProblem({ error }: { error: unknown }) {
  const sentence = useProblemSentence();
  if (!error || (error instanceof ApiProblem && error.fields.length > 0)) return null;
  return (
    <p role="alert" className="rounded-md px-3 py-2.5 text-failed wash-failed">
      {sentence(error)}
    </p>
  );
}
