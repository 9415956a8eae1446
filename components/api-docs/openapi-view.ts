/** The parts of an OpenAPI document that the page shows; the server generates the document. */
export interface DocumentView {
  paths: Record<string, Record<string, OperationView>>;
  components: { schemas: Record<string, unknown> };
}
export interface OperationView {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters: { name: string; in: string; required: boolean; description?: string; schema: unknown }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}
type Content = Record<string, { schema: unknown }>;

export interface Entry {
  method: string;
  path: string;
  operation: OperationView;
}

/** Grouped by the first part of their path, in the document's order. */
export function byTag({ paths }: DocumentView): [string, Entry[]][] {
  const entries = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return [...Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? "api")];
}

/** A schema in few words, for a table: "string", "uuid", "a | b", "DeploymentView[]". */
export function shortType(schema: unknown): string {
  const { $ref, type, format, enum: values, anyOf, items, const: only } = (schema ?? {}) as Record<string, unknown>;
  if (typeof $ref === "string") return $ref.split("/").at(-1) ?? "object";
  if (Array.isArray(values)) return values.join(" | ");
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(shortType))].join(" | ");
  if (type === "array") return `${shortType(items)}[]`;
  return String(format ?? type ?? "any");
}

type Json = Record<string, unknown>;

/** A schema written as a TypeScript type: shorter than JSON Schema, and familiar to most readers. */
export function schemaText(schema: unknown, indent = ""): string {
  const { $ref, type, properties, items, anyOf, oneOf, allOf, prefixItems, additionalProperties } = (schema ??
    {}) as Json;
  if (typeof $ref === "string") return shortType(schema);
  if (isSchema(properties)) return objectText(schema as Json, properties, indent);
  const union = anyOf ?? oneOf;
  if (Array.isArray(union)) return [...new Set(union.map((option) => schemaText(option, indent)))].join(" | ");
  if (Array.isArray(allOf)) return allOf.map((part) => schemaText(part, indent)).join(" & ");
  if (Array.isArray(prefixItems)) return `[${prefixItems.map((item) => schemaText(item, indent)).join(", ")}]`;
  if (type === "array") return listText(schemaText(items, indent));
  if (isSchema(additionalProperties)) return `{ [name]: ${schemaText(additionalProperties, indent)} }`;
  return shortType(schema);
}

function objectText(schema: Json, properties: Json, indent: string): string {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, property]) => {
    const { description, default: standard } = (property ?? {}) as Json;
    const notes = [description, standard === undefined ? undefined : `default ${JSON.stringify(standard)}`].filter(
      Boolean,
    );
    const comment = notes.length > 0 ? ` // ${notes.join("; ")}` : "";
    return `${inner}${name}${required.includes(name) ? "" : "?"}: ${schemaText(property, inner)};${comment}`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

function listText(item: string): string {
  return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function isSchema(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
