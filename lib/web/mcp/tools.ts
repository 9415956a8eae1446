import * as z from "zod";
import type { Action } from "@/lib/contracts/permission";
import type { AnyDefinition, RouteHandler, Tool } from "@/lib/web/http/definition";
import type { JsonSchema } from "@/lib/web/http/json-schema";
import { METHODS, type RouteModules } from "@/lib/web/http/openapi";

/** An operation of the HTTP API as a tool of agents. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly permission: Action;
  readonly method: string;
  /** "/api/services/[name]" */
  readonly path: string;
  readonly handler: RouteHandler;
  readonly confirm: Tool<unknown>["confirm"];
  readonly input: ToolInput;
  /** How a list is read page by page: by the operation itself, or cut here because the operation answers all of it. */
  readonly pages: "by-key" | "by-offset" | undefined;
  /** The part of the request that each argument belongs to. */
  readonly places: ReadonlyMap<string, Place>;
  readonly defaults: Readonly<Record<string, string | number>>;
}

export interface ToolInput {
  type: "object";
  properties: Record<string, JsonSchema>;
  required: string[];
  additionalProperties: false;
  $defs?: Record<string, JsonSchema>;
}

type Place = "params" | "query" | "body";

/** Items in an answer to a caller who does not say how many. */
const PAGE_ITEMS = 10;
export const MOST_PAGE_ITEMS = 100;

/** The operations that opt in, with the schemas that check their requests as the schemas of their arguments. */
export function toolsOf(modules: RouteModules): AgentTool[] {
  return Object.entries(modules).flatMap(([path, handlers]) =>
    METHODS.flatMap((method) => {
      const handler = handlers[method];
      const { tool, permission } = handler?.definition ?? {};
      return handler && tool && permission ? [toolOf(tool, { path, method, handler, permission })] : [];
    }),
  );
}

/** Does it only read? Then a token that may only read can use it. */
export function readsOnly({ method, permission }: Pick<AgentTool, "method" | "permission">): boolean {
  return method === "GET" || permission.endsWith(":read");
}

function toolOf(
  { name, description, confirm, ...tool }: Tool<unknown>,
  operation: Pick<AgentTool, "path" | "method" | "handler" | "permission">,
): AgentTool {
  const { definition } = operation.handler;
  const { fields, required, $defs } = argumentsOf(definition, tool.without ?? []);
  const pages = pagesOf(definition, fields);
  const defaults = { ...(pages && { limit: PAGE_ITEMS }), ...tool.defaults };
  const properties = Object.fromEntries(fields.map(({ name: field, schema }) => [field, schema]));
  if (pages) Object.assign(properties, PAGE_PROPERTIES);
  for (const [field, value] of Object.entries(defaults)) properties[field] = { ...properties[field], default: value };
  if (pages === "by-key") delete properties.after;
  if (confirm) properties.confirm = CONFIRM;
  return {
    ...operation,
    name,
    title: definition.summary,
    description: [definition.summary, description ?? definition.description].filter(Boolean).join(". "),
    confirm,
    input: { type: "object", properties, required, additionalProperties: false, ...($defs && { $defs }) },
    pages,
    places: new Map(fields.map(({ name: field, place }) => [field, place])),
    defaults,
  };
}

const PAGE_PROPERTIES: Record<string, JsonSchema> = {
  limit: { type: "integer", minimum: 1, maximum: MOST_PAGE_ITEMS },
  cursor: { type: "string", description: "`nextCursor` of the previous answer" },
};

const CONFIRM: JsonSchema = {
  type: "string",
  description: "The name of what this removes, replaces or stops. Without it nothing is changed; ask the person first",
};

interface Argument {
  name: string;
  place: Place;
  schema: JsonSchema;
}

/** The fields of path, query and body, side by side. They are converted together, so that their references agree. */
function argumentsOf(
  { params = NOTHING, query = NOTHING, body = NOTHING }: AnyDefinition,
  without: readonly string[],
): { fields: Argument[]; required: string[]; $defs: Record<string, JsonSchema> | undefined } {
  const { properties = {}, $defs } = z.toJSONSchema(z.object({ params, query, body }), {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
  });
  const parts = (["params", "query", "body"] as const).map((place) => ({ place, part: objectOf(properties[place]) }));
  const fields = parts.flatMap(({ place, part }) =>
    Object.entries(part.properties ?? {}).map(([name, schema]) => ({ name, place, schema: objectOf(schema) })),
  );
  return {
    fields: fields.filter(({ name }) => !without.includes(name)),
    required: parts.flatMap(({ part }) => part.required ?? []),
    $defs: $defs as Record<string, JsonSchema> | undefined,
  };
}

const NOTHING = z.object({});

/** JSON Schema allows `true` and `false` as well; a field that accepts everything is an empty schema here. */
function objectOf(schema: JsonSchema | boolean | undefined): JsonSchema {
  return typeof schema === "object" ? schema : {};
}

function pagesOf({ response }: AnyDefinition, fields: readonly Argument[]): AgentTool["pages"] {
  if (fields.some(({ name, place }) => name === "after" && place === "query")) return "by-key";
  return response instanceof z.ZodObject && "items" in response.shape ? "by-offset" : undefined;
}
