import type * as z from "zod";
import type { Action } from "@/lib/contracts/permission";
import type { FieldError, ProblemCode } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { RateLimit } from "@/lib/web/auth/rate-limit";
import type { Reader, SubjectCheck } from "./reader";
import type { Sentences } from "./sentences";

/** Who may call a route: callers with the permission or, if stated, everyone. There is no default. */
type Access =
  | { permission: Action; public?: never }
  | { public: true; permission?: never; tokensOnly?: never; tool?: never };

/** A route's input and output. They check requests and responses, and generate the OpenAPI document. */
export type RouteDefinition<Params, Query, Body, Result extends z.ZodType | undefined> = Access & {
  /** One line for the API page. */
  summary: string;
  description?: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** For a union `body`: selects the intended shape, so that only its invalid fields are reported. */
  shapeOf?: (body: unknown) => z.ZodType<Body>;
  /**
   * Errors of a body that only the disk and the database know. Called after the schema has refused the body, so that
   * every invalid field is reported together. The command itself checks a body that passes.
   */
  findMoreWrong?: (body: unknown, actor: Actor | null) => Promise<readonly FieldError[]>;
  /** The body is a form with a file in this field, which the handler reads as it arrives (multipart.ts). */
  file?: { field: string; description: string };
  response?: Result;
  /** The default status: 200, or 204 without a response schema. */
  status?: number;
  /** The content type of a response that is not JSON: text/event-stream, text/csv, text/plain. */
  contentType?: string;
  /** Only for API tokens: a session's cookie and requests of other sites' pages are refused. */
  tokensOnly?: true;
  /** Offers the operation to agents as a tool (lib/web/mcp). */
  tool?: Tool<Params>;
  /** Per caller; for public routes per network address. */
  rateLimit?: RateLimit;
  /** Accepts `Idempotency-Key`: the handler passes `idempotency` to the command. */
  idempotent?: true;
  /** Further problems, beyond those of every route. */
  problems?: readonly ProblemCode[];
  /** The statuses of a documented API for some problems: {"invalid-request": 422}. */
  statuses?: Partial<Record<ProblemCode, number>>;
};

/** How agents see an operation. Its input and permission are those of the operation. */
export interface Tool<Params> {
  /** A verb and its object: list_services. */
  name: string;
  /** Replaces a description that is about HTTP. */
  description?: string;
  /** Smaller defaults than those of the operation: an answer has to fit into a conversation. */
  defaults?: Readonly<Record<string, string | number>>;
  /** Query parameters that a tool does not have: streams, downloads. */
  without?: readonly string[];
  /** For a tool that removes, replaces or stops something: its name, which the caller has to repeat as `confirm`. */
  confirm?(params: Params, actor: Actor): string | Promise<string>;
}

/** A definition without its types, for the document and the tests. */
export type AnyDefinition = RouteDefinition<unknown, unknown, unknown, z.ZodType | undefined>;

/** Makes a command run once. Empty when the caller sent no key. */
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
  /** The reader of a stream or download, checked repeatedly while it lasts, with the subject if there is one. */
  reader: Who extends null ? never : (subject?: SubjectCheck) => Reader;
  /** In the caller's language. */
  sentences: Sentences;
}

/** A body for the schema, an Answer with status or headers, or a Response (streams). No schema: nothing (204). */
export type Answered<Result extends z.ZodType | undefined> = Result extends z.ZodType
  ? z.input<Result> | Answer<z.input<Result>> | Response
  : // biome-ignore lint/suspicious/noConfusingVoidType: a command that answers nothing may be returned as it is
    Response | undefined | void;

/** A response with more than a body: a status, a header. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly init: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

export function answer<Body>(body: Body, init?: { status?: number; headers?: Record<string, string> }): Answer<Body> {
  return new Answer(body, init);
}

/** The second argument that Next passes to a route. */
export interface NextRouteContext {
  params: Promise<Record<string, string | string[] | undefined>>;
}
export interface RouteHandler {
  (request: Request, context: NextRouteContext): Promise<Response>;
  readonly definition: AnyDefinition;
}
