import type * as z from "zod";
import type { Action } from "@/lib/contracts/permission";
import type { FieldError, ProblemCode } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { RateLimit } from "@/lib/web/auth/rate-limit";
import type { Reader, SubjectCheck } from "./reader";
import type { Sentences } from "./sentences";

/** Who may call: whoever has the permission, or (said out loud) anybody. There is no third way. */
type Access = { permission: Action; public?: never } | { public: true; permission?: never };

/** What a route takes and answers. Requests are checked by it, answers too, and the OpenAPI document is made of it. */
export type RouteDefinition<Params, Query, Body, Result extends z.ZodType | undefined> = Access & {
  /** One line for the API page. */
  summary: string;
  description?: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** Where `body` is a union: which of its shapes was meant. Its wrong fields are named, and nobody else's. */
  shapeOf?: (body: unknown) => z.ZodType<Body>;
  /**
   * What only the disk and the database know is wrong with a body. Asked when the schema has refused it already, so
   * that every wrong field is named at once; a body that passes is checked by the command itself.
   */
  findMoreWrong?: (body: unknown, actor: Actor | null) => Promise<readonly FieldError[]>;
  /** What is sent is not JSON but a form with a file in this field; the handler reads it as it arrives (multipart.ts). */
  file?: { field: string; description: string };
  response?: Result;
  /** Of an answer that does not say its own; 200 by default, 204 without a response schema. */
  status?: number;
  /** What is answered when it is not JSON: text/event-stream, text/csv, text/plain. */
  contentType?: string;
  /** Counted by caller; by network address where anybody may call. */
  rateLimit?: RateLimit;
  /** Takes `Idempotency-Key`: the handler passes `idempotency` on to the command. */
  idempotent?: true;
  /** Problems of its own, beyond those that every route can answer. */
  problems?: readonly ProblemCode[];
  /** A documented API's own statuses for some problems: {"invalid-request": 422}. */
  statuses?: Partial<Record<ProblemCode, number>>;
};

/** A definition whose types do not matter any more: what the document and the tests read. */
export type AnyDefinition = RouteDefinition<unknown, unknown, unknown, z.ZodType | undefined>;

/** What a command takes to do something once only. Empty when the caller sent no key. */
export interface Idempotency {
  idempotencyKey?: string;
  requestHash?: string;
}

export interface RouteContext<Who extends Actor | null, Params, Query, Body> {
  actor: Who;
  params: Params;
  query: Query;
  body: Body;
  idempotency: Idempotency;
  request: Request;
  requestId: string;
  /** For a stream or a download: whoever asked, checked again while it lasts; with the subject where it has one. */
  reader: Who extends null ? never : (subject?: SubjectCheck) => Reader;
  /** In the caller's language. */
  sentences: Sentences;
}

/** What the schema describes, that with a status or headers, or a whole Response (streams). Without a schema: nothing, which is 204. */
export type Answered<Result extends z.ZodType | undefined> = Result extends z.ZodType
  ? z.input<Result> | Answer<z.input<Result>> | Response
  : // biome-ignore lint/suspicious/noConfusingVoidType: a command that answers nothing may be returned as it is
    Response | undefined | void;

/** What a handler answers when there is more to say than a body: a status, a header. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly init: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

export function answer<Body>(body: Body, init?: { status?: number; headers?: Record<string, string> }): Answer<Body> {
  return new Answer(body, init);
}

/** What Next gives a route beside the request. */
export interface NextRouteContext {
  params: Promise<Record<string, string | string[] | undefined>>;
}
export interface RouteHandler {
  (request: Request, context: NextRouteContext): Promise<Response>;
  readonly definition: AnyDefinition;
}
