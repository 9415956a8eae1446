import { createHash } from "node:crypto";
import type * as z from "zod";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { AnyDefinition, Idempotency, NextRouteContext } from "./definition";
import { fieldErrors, toFieldError } from "./problem";
import type { Sentences } from "./sentences";

interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
  idempotency: Idempotency;
}

/** Reads and checks a request. Throws one problem with every invalid field of query and body. */
export async function readRequest(
  request: Request,
  context: NextRouteContext,
  definition: AnyDefinition,
  { sentences, actor }: { sentences: Sentences; actor: Actor | null },
): Promise<Input> {
  const params = check(definition.params, await context.params, sentences);
  // An invalid address is not found, whatever is wrong with the name.
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

/** Only the first error of each field is reported. */
function withoutRepeats(wrong: readonly FieldError[]): FieldError[] {
  const firsts = new Map(wrong.toReversed().map((field) => [JSON.stringify(field.path), field]));
  return wrong.filter((field) => firsts.get(JSON.stringify(field.path)) === field);
}

/** A repeated parameter becomes a list, which no schema of ours accepts for a single value. */
function queryOf(request: Request): Record<string, string | string[]> {
  const { searchParams } = new URL(request.url);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The JSON of a request; undefined without a body. Never reads more than the limit. */
async function readJson(request: Request): Promise<{ value: unknown; text: string }> {
  const text = await readText(request);
  if (text.trim() === "") return { value: undefined, text };
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) throw new Problem("unsupported-media-type");
  return { value: parseJson(text), text };
}

/** The bytes of a request as they arrived, for a signature; null for more than `limit`, of which no more is read. */
export async function readBytes(request: Request, limit = BODY_LIMIT_BYTES): Promise<Buffer | null> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limit) return null;
      chunks.push(chunk);
    }
  } catch (cause) {
    // A sender that went away has no use for an answer.
    throw new Problem("malformed-json", { cause });
  }
  return Buffer.concat(chunks);
}

export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > BODY_LIMIT_BYTES) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    // Text that is not UTF-8 is not JSON; a client that disconnected reads no response.
    throw cause instanceof Problem ? cause : new Problem("malformed-json", { cause });
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed-json", { cause });
  }
}

export function tooLarge(): Problem {
  return new Problem("body-too-large", { params: { bytes: BODY_LIMIT_BYTES } });
}

const KEY = /^[\x21-\x7e]{1,128}$/;

/** The caller's key, and a hash that distinguishes its request from another one with the same key. */
function idempotencyOf(request: Request, bodyText: string, sentences: Sentences): Idempotency {
  const key = request.headers.get("idempotency-key");
  if (key === null) return {};
  if (!KEY.test(key)) {
    const field = toFieldError(
      { path: ["Idempotency-Key"], code: key.length > 128 ? "too-long" : "invalid", params: { limit: 128 } },
      sentences,
    );
    throw new Problem("invalid-request", { fields: [field] });
  }
  const { pathname, search } = new URL(request.url);
  const requestHash = createHash("sha256").update(`${request.method} ${pathname}${search}\n${bodyText}`).digest("hex");
  return { idempotencyKey: key, requestHash };
}

type Path = FieldError["path"];
interface Found {
  path: Path;
  code: "nul-character" | "too-deep" | "unknown-field";
}

const DEEPEST = 32;
const MOST_FOUND = 100;
const LONE_SURROGATE_OR_NUL = /\0|\p{Surrogate}/u;

/**
 * Refused in every field, whatever its schema: text that Postgres cannot store, names that JavaScript treats specially
 * and would lose, and nesting that would exhaust the stack of the next traversal.
 */
export function findUnstorable(value: unknown): Found[] {
  const found: Found[] = [];
  const open: { value: unknown; path: Path }[] = [{ value, path: [] }];
  for (let next = open.pop(); next && found.length < MOST_FOUND; next = open.pop()) {
    const { value: current, path } = next;
    const code = codeOf(current, path);
    if (code) found.push({ path, code });
    else if (typeof current === "object" && current !== null) open.push(...fieldsOf(current, path));
  }
  return found;
}

function codeOf(value: unknown, path: Path): Found["code"] | undefined {
  const name = path.at(-1);
  if (name === "__proto__") return "unknown-field";
  if (typeof name === "string" && LONE_SURROGATE_OR_NUL.test(name)) return "nul-character";
  if (typeof value === "string") return LONE_SURROGATE_OR_NUL.test(value) ? "nul-character" : undefined;
  return typeof value === "object" && value !== null && path.length >= DEEPEST ? "too-deep" : undefined;
}

function fieldsOf(value: object, path: Path): { value: unknown; path: Path }[] {
  return Object.entries(value).map(([name, inner]) => ({
    value: inner,
    path: [...path, Array.isArray(value) ? Number(name) : name],
  }));
}
