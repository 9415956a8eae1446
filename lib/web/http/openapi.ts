import type * as z from "zod";
import { PROBLEMS, type ProblemCode } from "@/lib/contracts/problem";
import { VERSION } from "@/lib/platform/version";
import type { AnyDefinition, RouteHandler } from "./definition";
import { type JsonSchema, JsonSchemas } from "./json-schema";
import { ProblemBody } from "./problem";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];
/** The exports of a route file, by the path of its route: "/api/deployments/[deploymentId]". */
export type RouteModules = Readonly<Record<string, Partial<Record<Method, RouteHandler>>>>;

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, ResponseObject>;
  /** The name of the operation as a tool of the MCP server. */
  "x-mcp-tool"?: string;
}
interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}
interface ResponseObject {
  description: string;
  headers?: Record<string, unknown>;
  content?: Content;
}
type Content = Record<string, { schema: JsonSchema }>;

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, unknown>;
    headers: Record<string, unknown>;
  };
}

/** The document is generated from the definitions that check requests and responses, so the two cannot differ. */
export function openApiDocument(modules: RouteModules): OpenApiDocument {
  const schemas = new JsonSchemas();
  const paths = Object.fromEntries(
    Object.entries(modules).map(([path, handlers]) => [toTemplate(path), operationsOf(path, handlers, schemas)]),
  );
  return {
    openapi: "3.1.0",
    info: { title: "Landfall", version: VERSION, description: DESCRIPTION },
    servers: [{ url: "/" }],
    paths,
    components: { schemas: schemas.components(), securitySchemes: SECURITY, headers: HEADERS },
  };
}

const DESCRIPTION =
  "Every failure is `application/problem+json` (RFC 9457) with a stable `code`; its sentence is in the language of `Accept-Language` " +
  "(en, nl, ar). Lists page by key: pass `next` as `after`. Every answer has an `X-Request-Id`, which the log and the audit trail share.";

const SECURITY = {
  bearer: { type: "http", scheme: "bearer", description: "An API token: lf_…" },
  apiKey: {
    type: "apiKey",
    in: "header",
    name: "x-api-key",
    description: "An API token, for clients that cannot set Authorization",
  },
  session: { type: "apiKey", in: "cookie", name: "next-auth.session-token", description: "A browser that signed in" },
};

const HEADERS = {
  "X-Request-Id": { description: "The request's number in the log and the audit trail", schema: { type: "string" } },
};

function operationsOf(path: string, handlers: RouteModules[string], schemas: JsonSchemas): Record<string, Operation> {
  return Object.fromEntries(
    METHODS.flatMap((method) => {
      const handler = handlers[method];
      return handler ? [[method.toLowerCase(), operationOf(path, method, handler.definition, schemas)]] : [];
    }),
  );
}

function operationOf(path: string, method: Method, definition: AnyDefinition, schemas: JsonSchemas): Operation {
  const { summary, description, body, file, permission, tool } = definition;
  const needs = permission ? `Needs \`${permission}\`.` : "Anybody may call this.";
  return {
    operationId: operationId(path, method),
    tags: [path.split("/")[2] ?? "api"],
    summary,
    description: [description, needs].filter(Boolean).join(" "),
    security: securityOf(definition),
    parameters: parametersOf(definition, schemas),
    ...(body && { requestBody: { required: !accepts(body, undefined), content: json(schemas.of(body, "input")) } }),
    ...(file && { requestBody: { required: true, content: formOf(file) } }),
    responses: { ...successOf(definition, schemas), ...failuresOf(method, definition, schemas) },
    ...(tool && { "x-mcp-tool": tool.name }),
  };
}

function securityOf({ permission, tokensOnly }: AnyDefinition): Operation["security"] {
  if (!permission) return [];
  return [{ bearer: [] }, { apiKey: [] }, ...(tokensOnly ? [] : [{ session: [] }])];
}

function parametersOf({ params, query, idempotent }: AnyDefinition, schemas: JsonSchemas): Parameter[] {
  const key: Parameter = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "Any text of up to 128 characters. A repeat with the same key answers what the first request made.",
    schema: { type: "string", maxLength: 128 },
  };
  return [...fieldsOf(params, "path", schemas), ...fieldsOf(query, "query", schemas), ...(idempotent ? [key] : [])];
}

function fieldsOf(schema: z.ZodType | undefined, place: "path" | "query", schemas: JsonSchemas): Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemas.of(schema, "input");
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = typeof property === "object" ? property : {};
    return {
      name,
      in: place,
      required: place === "path" || required.includes(name),
      ...(description && { description }),
      schema: rest,
    };
  });
}

function successOf(
  { response, status, contentType }: AnyDefinition,
  schemas: JsonSchemas,
): Record<string, ResponseObject> {
  const headers = { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" } };
  const code = status ?? (response || contentType ? 200 : 204);
  const content = response
    ? json(schemas.of(response, "output"))
    : contentType
      ? { [contentType]: { schema: { type: "string" as const } } }
      : undefined;
  return { [code]: { description: SUCCESS[code] ?? "Done", headers, ...(content && { content }) } };
}

const SUCCESS: Partial<Record<number, string>> = {
  200: "As asked",
  201: "Made",
  202: "Accepted: the work goes on",
  204: "Done; nothing to say",
};

/** Failures by status, each with its possible codes. */
function failuresOf(method: Method, definition: AnyDefinition, schemas: JsonSchemas): Record<string, ResponseObject> {
  const byStatus = Map.groupBy(
    new Set(problemsOf(method, definition)),
    (code) => definition.statuses?.[code] ?? PROBLEMS[code],
  );
  const schema = schemas.of(ProblemBody, "output");
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        content: { "application/problem+json": { schema } },
      },
    ]),
  );
}

function problemsOf(
  method: Method,
  { permission, params, query, body, file, rateLimit, idempotent, problems = [] }: AnyDefinition,
): ProblemCode[] {
  return [
    ...(query || body || file || idempotent ? (["invalid-request"] as const) : []),
    ...(file ? (["malformed-form"] as const) : []),
    ...(body ? (["malformed-json", "body-too-large", "unsupported-media-type"] as const) : []),
    ...(permission ? (["unauthenticated", "forbidden"] as const) : []),
    ...(permission && method !== "GET" ? (["cross-origin"] as const) : []),
    ...(params ? (["not-found"] as const) : []),
    ...(idempotent ? (["idempotency-key-reused"] as const) : []),
    ...(rateLimit ? (["rate-limited"] as const) : []),
    ...problems,
    "internal",
    "database-unavailable",
  ];
}

function json(schema: JsonSchema): Content {
  return { "application/json": { schema } };
}

function formOf({ field, description }: NonNullable<AnyDefinition["file"]>): Content {
  const properties = {
    [field]: { type: "string" as const, contentMediaType: "application/octet-stream", description },
  };
  return { "multipart/form-data": { schema: { type: "object", properties, required: [field] } } };
}

function accepts(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}

/** "/api/deployments/[deploymentId]" becomes "/api/deployments/{deploymentId}". */
function toTemplate(path: string): string {
  return path.replaceAll(/\[(?:\.\.\.)?(\w+)\]/g, "{$1}");
}

/** POST "/api/deployments/[deploymentId]/cancel" becomes postDeploymentsDeploymentIdCancel. */
function operationId(path: string, method: Method): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word && word !== "api");
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}
