import type * as z from "zod";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { readJson } from "./body";
import type { AnyDefinition, Idempotency, NextRouteContext } from "./definition";
import { fieldErrors, toFieldError } from "./field-errors";
import { idempotencyOf } from "./idempotency";
import type { Sentences } from "./sentences";
import { findUnstorable } from "./unstorable";

interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
  idempotency: Idempotency;
}

/** Everything a request says, checked. Throws one problem that names every wrong field of query and body at once. */
export async function readRequest(
  request: Request,
  context: NextRouteContext,
  definition: AnyDefinition,
  { sentences, actor }: { sentences: Sentences; actor: Actor | null },
): Promise<Input> {
  const params = check(definition.params, await context.params, sentences);
  // What an address cannot name is not there, whatever is wrong with the name.
  if (params.wrong.length > 0) throw new Problem("not-found", { fields: params.wrong });

  const query = check(definition.query, queryOf(request), sentences);
  const { value, text } = definition.body ? await readJson(request) : { value: undefined, text: "" };
  const body = check(definition.shapeOf?.(value) ?? definition.body, value, sentences);
  const more = isWorthALook(body.wrong) ? ((await definition.findMoreWrong?.(value, actor)) ?? []) : [];
  const wrong = [...query.wrong, ...withoutRepeats([...body.wrong, ...more])];
  if (wrong.length > 0) throw new Problem("invalid-request", { fields: wrong });

  const idempotency = definition.idempotent ? idempotencyOf(request, text, sentences) : {};
  return { params: params.value, query: query.value, body: body.value, idempotency };
}

function check(
  schema: z.ZodType | undefined,
  input: unknown,
  sentences: Sentences,
): { value: unknown; wrong: FieldError[] } {
  if (!schema) return { value: undefined, wrong: [] };
  const unstorable = findUnstorable(input).map((finding) => toFieldError(finding, sentences));
  if (unstorable.some(({ code }) => code === "too-deep")) return { value: undefined, wrong: unstorable };
  const result = schema.safeParse(input, { error: sentences.zod });
  const wrong = result.success ? [] : fieldErrors(result.error.issues, input, sentences);
  return { value: result.data, wrong: withoutRepeats([...wrong, ...unstorable]) };
}

function isWorthALook(wrong: readonly FieldError[]): boolean {
  return wrong.length > 0 && !wrong.some(({ code }) => code === "too-deep");
}

/** The first thing that is wrong with a field is enough. */
function withoutRepeats(wrong: readonly FieldError[]): FieldError[] {
  const firsts = new Map(wrong.toReversed().map((field) => [JSON.stringify(field.path), field]));
  return wrong.filter((field) => firsts.get(JSON.stringify(field.path)) === field);
}

/** A parameter that was given twice is a list, which no schema of ours takes for one value. */
function queryOf(request: Request): Record<string, string | string[]> {
  const { searchParams } = new URL(request.url);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}
